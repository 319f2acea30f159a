import { applyContracts, type ContractFacts } from '../../application-manager/index.ts';
import { describeIssues } from '../../domain/issue.ts';
import type { TargetDocument } from '../../domain/target.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import type { TargetStore } from '../../ports/stores.ts';

export interface TargetIntakeOptions {
	readonly targets: Pick<TargetStore, 'replace'>;
	readonly facts: () => Promise<ContractFacts>;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

export type StoreOutcome =
	| { readonly stored: true }
	/** For people: what is wrong. */
	| { readonly stored: false; readonly lines: readonly string[] };

/**
 * Takes a decoded target in: what the device cannot run of it is marked or left out, the rest is stored, and its user is
 * told (spec: planner 5.3, 5.4). A contract that cannot be read refuses the whole target.
 */
export class TargetIntake {
	readonly #options: TargetIntakeOptions;

	constructor(options: TargetIntakeOptions) {
		this.#options = options;
	}

	async store(document: TargetDocument, source: string): Promise<StoreOutcome> {
		const { targets, facts, log, systemLog } = this.#options;
		const { apps, refused, messages } = applyContracts(document.apps, await facts());
		if (refused.length > 0) {
			log.error('target refused, the stored one stays in force', {
				because: 'contract',
				issues: describeIssues(refused.flatMap(({ issues }) => issues)),
			});
			const lines = refused.flatMap((refusal) => refusal.lines);
			const [first, ...others] = lines;
			systemLog.write(`Could not move to new release: ${first ?? ''}`, { error: true });
			others.forEach((line) => {
				systemLog.write(line, { error: true });
			});
			return { stored: false, lines };
		}
		await targets.replace({ ...document, apps }, source);
		for (const { message, isError } of messages) {
			systemLog.write(message, { error: isError });
		}
		return { stored: true };
	}
}
