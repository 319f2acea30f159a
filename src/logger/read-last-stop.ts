import type { ContainerLogs } from '../ports/container-logs.ts';
import { OperationalError } from '../ports/operational-error.ts';

/** When the previous supervisor ended: logs written since then were not read. */
export async function readLastStop(
	logs: Pick<ContainerLogs, 'inspect'>,
	ownNames: readonly string[],
	otherwise: Date,
): Promise<Date> {
	try {
		for (const name of ownNames) {
			const time = Date.parse((await logs.inspect(name))?.State.FinishedAt ?? '');
			if (time > 0) {
				return new Date(time);
			}
		}
	} catch (error) {
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		// The engine does not answer: containers wrote nothing meanwhile.
	}
	return otherwise;
}
