import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { HttpRequest, HttpResponse } from '../../ports/http-client.ts';
import {
	CloudCaller,
	classifyUndone,
	garbage,
	isDone,
	isSuccess,
	joinAbsolute,
	readJson,
	type CloudAccess,
	type CloudCallerOptions,
} from './cloud-caller.ts';
import { classifyStatus, type CloudProblem } from './cloud-problem.ts';

type DoneAnswer = { readonly kind: 'done' } | CloudProblem;
type ReleaseAnswer = { readonly kind: 'found'; readonly releaseId: number } | { readonly kind: 'none' } | CloudProblem;
type AppAnswer = { readonly kind: 'found'; readonly uuid: string } | { readonly kind: 'none' } | CloudProblem;
export type TagsAnswer = { readonly kind: 'tags'; readonly tags: readonly DeviceTag[] } | CloudProblem;

interface DeviceTag {
	readonly id: number;
	readonly name: string;
	readonly value: string;
}

const REDIRECTS_MAX = 20;

/** What the device reads and writes of the cloud's resources (spec: cloud-api E4 to E6, E9, E10, E12). One request each. */
export class ResourceApi {
	readonly #caller: CloudCaller;

	constructor(options: CloudCallerOptions) {
		this.#caller = new CloudCaller(options);
	}

	/** E4. */
	async findRelease(
		access: CloudAccess,
		{ appId, commit }: { readonly appId: number; readonly commit: string },
		signal: AbortSignal,
	): Promise<ReleaseAnswer> {
		const filter = `(belongs_to__application eq ${appId}) and (commit eq ${quote(commit)}) and (status eq 'success')`;
		const answer = await this.#read(access, `/v7/release?$select=id&$filter=${encode(filter)}`, signal);
		if ('kind' in answer) {
			return answer;
		}
		const [row] = answer.rows;
		if (row === undefined) {
			return { kind: 'none' };
		}
		return isPlainObject(row) && typeof row['id'] === 'number'
			? { kind: 'found', releaseId: row['id'] }
			: garbage(answer.response, 'no release id');
	}

	/** E5. */
	patchDevice(
		access: CloudAccess,
		deviceId: number,
		body: Readonly<Record<string, unknown>>,
		signal: AbortSignal,
	): Promise<DoneAnswer> {
		return this.#write(access, { method: 'PATCH', path: `/v7/device(${deviceId})`, body }, signal);
	}

	/** E6. */
	createConfigVariable(
		access: CloudAccess,
		variable: { readonly device: number; readonly name: string; readonly value: string },
		signal: AbortSignal,
	): Promise<DoneAnswer> {
		return this.#write(access, { method: 'POST', path: '/v7/device_config_variable', body: variable }, signal);
	}

	/** E9. */
	patchTags(
		access: CloudAccess,
		uuid: string,
		tags: Readonly<Record<string, string>>,
		signal: AbortSignal,
	): Promise<DoneAnswer> {
		return this.#write(access, { method: 'PATCH', path: '/device/v3/tags', body: { [uuid]: tags } }, signal);
	}

	/** E10. */
	async listTags(access: CloudAccess, deviceId: number, signal: AbortSignal): Promise<TagsAnswer> {
		const path = `/v7/device_tag?$select=id,tag_key,value&$filter=${encode(`device eq ${deviceId}`)}`;
		const answer = await this.#read(access, path, signal);
		if ('kind' in answer) {
			return answer;
		}
		const tags = answer.rows.map(readTag);
		return tags.every((tag) => tag !== undefined)
			? { kind: 'tags', tags }
			: garbage(answer.response, 'a tag of another form');
	}

	/** E12. */
	async findAppUuid(access: CloudAccess, appId: number, signal: AbortSignal): Promise<AppAnswer> {
		const answer = await this.#read(access, `/v7/application(${appId})?$select=uuid`, signal);
		if ('kind' in answer) {
			return answer;
		}
		const [row] = answer.rows;
		if (row === undefined) {
			return { kind: 'none' };
		}
		return isPlainObject(row) && typeof row['uuid'] === 'string'
			? { kind: 'found', uuid: row['uuid'] }
			: garbage(answer.response, 'no uuid');
	}

	async #read(
		access: CloudAccess,
		path: string,
		signal: AbortSignal,
	): Promise<{ readonly response: HttpResponse; readonly rows: readonly unknown[] } | CloudProblem> {
		const response = await this.#call(access, 'GET', path, undefined, signal);
		if (!isSuccess(response)) {
			return classifyStatus(response);
		}
		const body = readJson(response);
		// A list by its type, of things that each caller looks at.
		const rows = isPlainObject(body) && Array.isArray(body['d']) ? (body['d'] as readonly unknown[]) : undefined;
		return rows === undefined ? garbage(response, 'no list') : { response, rows };
	}

	async #write(
		access: CloudAccess,
		{ method, path, body }: { readonly method: 'POST' | 'PATCH'; readonly path: string; readonly body: unknown },
		signal: AbortSignal,
	): Promise<DoneAnswer> {
		const response = await this.#call(access, method, path, body, signal);
		return isDone(response) ? { kind: 'done' } : classifyUndone(response);
	}

	#call(
		access: CloudAccess,
		method: HttpRequest['method'],
		path: string,
		body: unknown,
		signal: AbortSignal,
	): Promise<HttpResponse> {
		const request = this.#caller.request(access, method, joinAbsolute(access.endpoint, path));
		return this.#caller.call(
			access.timeoutMs,
			{ ...request, redirectsMax: REDIRECTS_MAX, ...(body === undefined ? {} : { body }) },
			signal,
		);
	}
}

function readTag(row: unknown): DeviceTag | undefined {
	if (!isPlainObject(row)) {
		return undefined;
	}
	const { id, tag_key: name, value } = row;
	return typeof id === 'number' && typeof name === 'string' && typeof value === 'string'
		? { id, name, value }
		: undefined;
}

function quote(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}

function encode(filter: string): string {
	return encodeURIComponent(filter).replaceAll("'", '%27');
}
