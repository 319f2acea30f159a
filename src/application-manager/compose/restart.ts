import { textOfScalar } from './parse-scalar.ts';
import { describeValue, type Place } from './place.ts';

const POLICIES: readonly string[] = ['no', 'always', 'on-failure', 'unless-stopped'];
/** The engine refuses more digits than its integers have. */
const WITH_COUNT = /^on-failure:0*(\d{1,9})$/;

/** Unknown policies count as `always`: a spelling mistake must not stop a service for good. */
export function parseRestart(value: unknown, place: Place): string | undefined {
	if (typeof value !== 'string') {
		return place.note(`Non-string argument for restart field: ${textOfScalar(value)} - ignoring.`);
	}
	const policy = value.trim().toLowerCase();
	const count = WITH_COUNT.exec(policy)?.[1];
	if (count !== undefined) {
		return onFailure(Number(count));
	}
	return POLICIES.includes(policy)
		? policy
		: place.note(`Ignoring ${describeValue(value)}, which is no restart policy: the service is restarted always`);
}

/** Zero is no limit to the engine. */
function onFailure(restarts: number): string {
	return restarts === 0 ? 'on-failure' : `on-failure:${restarts}`;
}

/** Version 19 had no counts. */
export function restartAsV19(value: unknown): string | undefined {
	return typeof value === 'string' && WITH_COUNT.test(value.trim().toLowerCase()) ? 'always' : undefined;
}

export function restartBody(restart: string): object {
	const [Name, count = '0'] = restart.split(':');
	return { Name, MaximumRetryCount: Number(count) };
}

/** The engine never shows null here. */
export function readRestart(raw: unknown): string | undefined {
	const { Name, MaximumRetryCount } = raw as { readonly Name?: unknown; readonly MaximumRetryCount?: unknown };
	return Name === 'on-failure' && typeof MaximumRetryCount === 'number' ? onFailure(MaximumRetryCount) : textOf(Name);
}

function textOf(name: unknown): string | undefined {
	return typeof name === 'string' ? name : undefined;
}
