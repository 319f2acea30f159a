import { get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { z } from 'zod';
import { DeviceError } from '../device/index.ts';
import { readRecord } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { readDeviceKey } from './key.ts';
import { requestJson } from './request-json.ts';

const problem = z.object({
	detail: z.string(),
	issues: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});
const NO_ANSWER = 'The supervisor does not answer';
const WAIT = 'See dindctl status, and dindctl logs supervisor';

/** The v3 API of a device that runs here, with its key. */
export class V3Api {
	readonly #address: { readonly host: string; readonly port: number };
	readonly #headers: Readonly<Record<string, string>>;

	private constructor(port: number, key: string | undefined) {
		this.#address = { host: '127.0.0.1', port };
		this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
	}

	static async of(directory: string): Promise<V3Api> {
		requireDevice(directory);
		return new V3Api(readRecord(directory)?.port ?? 0, await readDeviceKey(directory));
	}

	/** Throws what the device says of a request that it refuses. */
	async read(path: string): Promise<unknown> {
		const reply = await requestJson(this.#address, { path, headers: this.#headers });
		if (reply === undefined) throw new DeviceError(NO_ANSWER, WAIT);
		if (reply.status === 200) return reply.body;
		const { detail, issues } = problem.safeParse(reply.body).data ?? { detail: `HTTP ${reply.status}`, issues: [] };
		const what = [detail, ...issues.map(({ path, message }) => `${path} ${message}`)].join(': ');
		throw new DeviceError(what, 'Correct it');
	}

	/** The events from now on, as they come. */
	async *follow(path: string, signal: AbortSignal): AsyncGenerator<string> {
		const sent = httpGet({ ...this.#address, path, headers: this.#headers, signal });
		const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
		const [response] = await answered.catch((cause: unknown) => {
			throw new DeviceError(NO_ANSWER, WAIT, { cause });
		});
		if (response.statusCode !== 200) throw new DeviceError(`HTTP ${response.statusCode ?? ''}`, WAIT);
		for await (const chunk of response.setEncoding('utf8')) yield chunk as string;
	}
}
