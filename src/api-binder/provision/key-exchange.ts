import { cloudEndpoint, type Settings } from '../../config/index.ts';
import type { CloudApi } from '../protocol/cloud-api.ts';
import { answerOrProblem, type CloudProblem } from '../protocol/cloud-problem.ts';

export interface Identity {
	readonly uuid: string;
	readonly deviceApiKey: string;
}

type ExchangeOutcome =
	| { readonly kind: 'exchanged'; readonly deviceId: number }
	| { readonly kind: 'no-provisioning-key' }
	/** The cloud has definitely no use for this identity. */
	| { readonly kind: 'refused'; readonly problem: CloudProblem }
	/** Not refused: the network or the cloud has a problem. To be tried again unchanged. */
	| { readonly kind: 'undecided'; readonly problem: CloudProblem };

/**
 * Finds out whether the device's own key works, and if not, tries to give it to the device (spec: cloud-api 3.4). The
 * second half succeeds only where config.json holds a key of a user: a provisioning key can register and nothing else.
 */
export async function exchangeKey(
	cloud: Pick<CloudApi, 'fetchDevice' | 'exchangeKey'>,
	settings: Settings,
	{ uuid, deviceApiKey }: Identity,
	signal: AbortSignal,
): Promise<ExchangeOutcome> {
	const timeoutMs = settings.requestTimeoutMs;
	const odata = cloudEndpoint(settings);
	const find = (key: string) =>
		answerOrProblem(() => cloud.fetchDevice({ endpoint: odata, key, timeoutMs }, uuid, signal));

	const own = await find(deviceApiKey);
	if (own.kind === 'found') {
		return { kind: 'exchanged', deviceId: own.deviceId };
	}
	const key = settings.provisioningKey;
	if (key === undefined) {
		return { kind: 'no-provisioning-key' };
	}
	const seen = await find(key);
	if (seen.kind !== 'found') {
		const problem = asProblem(seen);
		// Both must have said no: a device key that could not be checked may well be good.
		return { kind: isDefinite(seen) && isDefinite(own) ? 'refused' : 'undecided', problem };
	}
	const { deviceId } = seen;
	const access = { endpoint: settings.apiEndpoint, key, timeoutMs };
	const answer = await answerOrProblem(() => cloud.exchangeKey(access, { deviceId, deviceApiKey }, signal));
	if (answer.kind === 'exchanged') {
		return { kind: 'exchanged', deviceId };
	}
	// "Known already" would mean success if an earlier answer was lost, unless the key was just seen not to work.
	return { kind: isRefusal(answer) && isDefinite(own) ? 'refused' : 'undecided', problem: answer };
}

function isDefinite(answer: { readonly kind: 'not-visible' } | CloudProblem): boolean {
	if (answer.kind === 'not-visible') {
		return true;
	}
	return answer.problem === 'unauthorized' || answer.problem === 'forbidden' || answer.problem === 'not-found';
}

/** Refused by the cloud itself; answers of a proxy, a rate limit or an overloaded cloud do not count. */
function isRefusal({ problem, status }: CloudProblem): boolean {
	return status !== undefined && !['redirected', 'rate-limited', 'server-error'].includes(problem);
}

function asProblem(answer: { readonly kind: 'not-visible' } | CloudProblem): CloudProblem {
	return answer.kind === 'problem' ? answer : { kind: 'problem', problem: 'gone' };
}
