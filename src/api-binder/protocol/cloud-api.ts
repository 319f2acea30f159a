import { isPlainObject } from '../../lib/is-plain-object.ts';
import {
	CloudCaller,
	classifyUndone,
	garbage,
	isDone,
	isSuccess,
	joinAbsolute,
	joinPlain,
	readJson,
	type CloudAccess,
	type CloudCallerOptions,
} from './cloud-caller.ts';
import { classifyStatus, type CloudProblem } from './cloud-problem.ts';

interface Registration {
	readonly applicationId: number;
	readonly uuid: string;
	readonly deviceApiKey: string;
	readonly deviceType: string;
	readonly supervisorVersion: string;
	readonly osVersion?: string;
	readonly osVariant?: string;
	readonly macAddress?: string;
}

type RegisterAnswer =
	{ readonly kind: 'registered'; readonly deviceId: number } | { readonly kind: 'conflict' } | CloudProblem;
type DeviceAnswer =
	{ readonly kind: 'found'; readonly deviceId: number } | { readonly kind: 'not-visible' } | CloudProblem;
type ExchangeAnswer = { readonly kind: 'exchanged' } | CloudProblem;
export type TargetAnswer =
	| { readonly kind: 'target'; readonly body: unknown; readonly etag?: string }
	/** `confirmed`: the answer repeats the entity tag, as it must. The cloud leaves it out for devices it does not know. */
	| { readonly kind: 'not-modified'; readonly confirmed: boolean }
	| CloudProblem;
export type ReportAnswer = { readonly kind: 'accepted' } | CloudProblem;

const REGISTER_TIMEOUT_MS = 30_000;
const ODATA_REDIRECTS_MAX = 20;
const TARGET_REDIRECTS_MAX = 10;
/** Two of these, and the pause between, are less than what counts as a loop that is stuck. */
const TARGET_DEADLINE_MS = 10 * 60_000;
/** A target of several megabytes is no target. */
const TARGET_BYTES_MAX = 8 * 1024 * 1024;

/**
 * The calls of the device-facing protocol (spec: cloud-api 1). One request each: nothing is retried here. A status is an
 * answer; without one, or without its whole body, the call rejects with `HttpError`. Neither ever holds a key.
 */
export class CloudApi {
	readonly #caller: CloudCaller;

	constructor(options: CloudCallerOptions) {
		this.#caller = new CloudCaller(options);
	}

	/** E1. */
	async register(access: CloudAccess, registration: Registration, signal: AbortSignal): Promise<RegisterAnswer> {
		const timeoutMs = Math.min(access.timeoutMs, REGISTER_TIMEOUT_MS);
		const { osVersion, osVariant, macAddress } = registration;
		const request = this.#caller.request(
			{ ...access, timeoutMs },
			'POST',
			joinPlain(access.endpoint, '/device/register'),
		);
		const body = {
			application: registration.applicationId,
			uuid: registration.uuid,
			device_type: registration.deviceType,
			api_key: registration.deviceApiKey,
			supervisor_version: registration.supervisorVersion,
			...(osVersion === undefined ? {} : { os_version: osVersion }),
			...(osVariant === undefined ? {} : { os_variant: osVariant }),
			...(macAddress === undefined ? {} : { mac_address: macAddress }),
		};
		const response = await this.#caller.call(timeoutMs, { ...request, body }, signal);
		switch (response.status) {
			case 201: {
				const deviceId = idOf(readJson(response));
				return deviceId === undefined ? garbage(response, 'no device id') : { kind: 'registered', deviceId };
			}
			case 409:
				// The text says whether the uuid or the key is known; its form varies, so it decides nothing.
				return { kind: 'conflict' };
			default:
				return classifyStatus(response);
		}
	}

	/** E2: the device of this uuid, if the key may see it. */
	async fetchDevice(access: CloudAccess, uuid: string, signal: AbortSignal): Promise<DeviceAnswer> {
		const filter = encodeURIComponent(`uuid eq '${uuid.replaceAll("'", "''")}'`).replaceAll("'", '%27');
		const url = joinAbsolute(access.endpoint, `/v7/device?$select=id&$filter=${filter}`);
		const request = { ...this.#caller.request(access, 'GET', url), redirectsMax: ODATA_REDIRECTS_MAX };
		const response = await this.#caller.call(access.timeoutMs, request, signal);
		if (!isSuccess(response)) {
			return classifyStatus(response);
		}
		const body = readJson(response);
		if (!isPlainObject(body) || !Array.isArray(body.d)) {
			return garbage(response, 'no list of devices');
		}
		const [row] = body.d as readonly unknown[];
		if (row === undefined) {
			return { kind: 'not-visible' };
		}
		const deviceId = idOf(row);
		return deviceId === undefined ? garbage(response, 'no device id') : { kind: 'found', deviceId };
	}

	/** E3: gives a device that exists another key. */
	async exchangeKey(
		access: CloudAccess,
		options: { readonly deviceId: number; readonly deviceApiKey: string },
		signal: AbortSignal,
	): Promise<ExchangeAnswer> {
		const url = joinPlain(access.endpoint, `/api-key/device/${options.deviceId}/device-key`);
		const request = { ...this.#caller.request(access, 'POST', url), body: { apiKey: options.deviceApiKey } };
		const response = await this.#caller.call(access.timeoutMs, request, signal);
		return response.status === 200 && isDone(response) ? { kind: 'exchanged' } : classifyUndone(response);
	}

	/** E7: a slow link may take its time as long as bytes arrive, but not for ever. */
	async fetchTarget(
		access: CloudAccess,
		options: { readonly uuid: string; readonly etag?: string | undefined },
		signal: AbortSignal,
	): Promise<TargetAnswer> {
		const { uuid, etag } = options;
		const request = this.#caller.request(access, 'GET', joinAbsolute(access.endpoint, `/device/v3/${uuid}/state`));
		const response = await this.#caller.call(
			TARGET_DEADLINE_MS,
			{
				...request,
				headers: {
					...request.headers,
					'accept-encoding': 'gzip, deflate, br',
					...(etag === undefined ? {} : { 'if-none-match': etag }),
				},
				redirectsMax: TARGET_REDIRECTS_MAX,
				bodyMaxBytes: TARGET_BYTES_MAX,
			},
			signal,
		);
		if (response.status === 304) {
			return { kind: 'not-modified', confirmed: response.headers.etag !== undefined };
		}
		if (!isSuccess(response)) {
			return classifyStatus(response);
		}
		const body = readJson(response);
		if (body === undefined) {
			return garbage(response, 'not JSON');
		}
		return { kind: 'target', body, ...(response.headers.etag === undefined ? {} : { etag: response.headers.etag }) };
	}

	/** E8. */
	async sendReport(access: CloudAccess, body: unknown, signal: AbortSignal): Promise<ReportAnswer> {
		const request = this.#caller.request(access, 'PATCH', joinAbsolute(access.endpoint, '/device/v3/state'));
		const response = await this.#caller.call(access.timeoutMs, { ...request, body }, signal);
		return isDone(response) ? { kind: 'accepted' } : classifyUndone(response);
	}
}

/** Spec: cloud-api 1.3. */
export function userAgentOf(facts: {
	readonly supervisorVersion: string;
	readonly osVersion?: string | undefined;
	readonly osVariant?: string | undefined;
}): string {
	const { supervisorVersion, osVersion, osVariant } = facts;
	if (osVersion === undefined) {
		return `Supervisor/${supervisorVersion}`;
	}
	const system = osVariant === undefined ? osVersion : `${osVersion}; ${osVariant}`;
	return `Supervisor/${supervisorVersion} (Linux; ${system})`;
}

function idOf(value: unknown): number | undefined {
	return isPlainObject(value) && typeof value.id === 'number' && Number.isSafeInteger(value.id) ? value.id : undefined;
}
