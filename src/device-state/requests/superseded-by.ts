import { appOf, type RequestBody, type UpdateRequest } from '../../domain/request.ts';

/** Earlier requests that a new one supersedes: the last one counts (spec: planner 14, check 56). */
export function supersededBy(body: RequestBody, earlier: readonly UpdateRequest[]): readonly UpdateRequest[] {
	return earlier.filter((request) => contradicts(body, request.body));
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
