import { appOf, type RequestBody, type UpdateRequest } from '../../domain/request.ts';

/** Earlier requests that a new one supersedes: the last one counts (spec: planner 14, check 56). */
export function supersededBy(body: RequestBody, earlier: readonly UpdateRequest[]): readonly UpdateRequest[] {
	return earlier.filter((request) => contradicts(body, request.body) || isRetriedPower(body, request));
}

function contradicts(body: RequestBody, earlier: RequestBody): boolean {
	const appId = appOf(body);
	if (appId === undefined || appId !== appOf(earlier)) {
		return false;
	}
	if (body.kind === 'restartApp' || body.kind === 'purgeApp') {
		return true;
	}
	return 'serviceName' in body && 'serviceName' in earlier && body.serviceName === earlier.serviceName;
}

/** The system has refused the earlier one, and a new one says what to do instead. */
function isRetriedPower(body: RequestBody, earlier: UpdateRequest): boolean {
	return isPower(body) && isPower(earlier.body) && earlier.state === 'holding';
}

function isPower({ kind }: RequestBody): boolean {
	return kind === 'reboot' || kind === 'shutdown';
}
