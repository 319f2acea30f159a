import type { HistoryEntry } from '../../../domain/history.ts';
import { appOf, type RequestBody } from '../../../domain/request.ts';
import type { StoredRequest } from '../../../ports/request-store.ts';
import type { Access } from '../../access.ts';

/** One row, with times as the wall clock has them now. */
export function viewEntry(entry: HistoryEntry): Readonly<Record<string, unknown>> {
	const { id, kind, event, appId, appUuid, serviceName, sentence, details, count, firstAt, lastAt } = entry;
	return {
		...{ id, kind, event, at: new Date(lastAt).toISOString() },
		...(count === 1 ? {} : { count, first_at: new Date(firstAt).toISOString() }),
		...(entry.isSynchronised ? {} : { clock: 'unsynchronised' }),
		...(appId === undefined ? {} : { app_id: appId }),
		...(appUuid === undefined ? {} : { app: appUuid }),
		...(serviceName === undefined ? {} : { service: serviceName }),
		sentence,
		...(details === undefined ? {} : { details }),
	};
}

/** Of apps that the key covers; what the device says of itself is for its own key. */
export function isEntryCovered({ appId }: HistoryEntry, access: Access): boolean {
	return appId === undefined ? access.coversDevice() : access.covers(appId);
}

const OPERATIONS: Readonly<Record<RequestBody['kind'], string>> = {
	restartApp: 'restart_app',
	purgeApp: 'purge_app',
	restartService: 'restart_service',
	stopService: 'stop_service',
	startService: 'start_service',
	cleanupVolumes: 'cleanup_volumes',
	changeHostConfig: 'change_host_config',
	reboot: 'reboot',
	shutdown: 'shutdown',
};

/** `GET /v3/requests/{id}` (spec: v3-api 5.3). */
export function viewRequest({ id, body, force, asker, outcome }: StoredRequest): Readonly<Record<string, unknown>> {
	const appId = appOf(body);
	return {
		...{ id, operation: OPERATIONS[body.kind], state: outcome?.kind ?? 'open', force },
		...(appId === undefined ? {} : { app_id: appId }),
		...('serviceName' in body ? { service: body.serviceName } : {}),
		...(asker === undefined ? {} : { asked_by: asker }),
		...(outcome?.kind === 'failed' ? { error: { code: outcome.code, message: outcome.message } } : {}),
	};
}

/** A key sees requests about its apps, and those that it has sent itself. */
export function isRequestCovered({ body, asker }: StoredRequest, access: Access): boolean {
	const appId = appOf(body) ?? Number(asker?.startsWith('app:') === true ? asker.slice('app:'.length) : Number.NaN);
	return access.coversDevice() || access.covers(appId);
}
