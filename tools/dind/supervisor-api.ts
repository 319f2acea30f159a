import { z } from 'zod';
import { requestJson } from './request-json.ts';

/** Why something is not as its user wants it (spec: device-api 5.4). */
const why = { reason: z.string().optional(), since: z.string().optional(), next_try: z.string().optional() };
const statusReply = z.object({
	appState: z.string(),
	release: z.string().optional(),
	overallDownloadProgress: z.number().nullish(),
	...why,
});
const stateReply = z.record(
	z.string(),
	z.object({
		commit: z.string().nullish(),
		updateStatus: z.string(),
		services: z.record(
			z.string(),
			z.object({ status: z.string(), image: z.string().nullish(), downloadProgress: z.number().nullish(), ...why }),
		),
		...why,
	}),
);
const refusal = z.object({ message: z.string() });

export type SupervisorStatus = z.infer<typeof statusReply>;
export type ApplicationStates = z.infer<typeof stateReply>;
export type ApplicationState = ApplicationStates[string];

/** The device's own API, as it answers on this machine. Undefined means: no answer, or not one it should give. */
export class SupervisorApi {
	constructor(
		private readonly port: number,
		private readonly apiKey: string | undefined,
	) {}

	async isUp(): Promise<boolean> {
		return (await this.#ask('/ping'))?.status === 200;
	}

	async isHealthy(): Promise<boolean> {
		return (await this.#ask('/v1/healthy'))?.status === 200;
	}

	/** Asks it to fetch and apply its target now, instead of at the next poll. */
	async triggerUpdate(): Promise<void> {
		await this.#ask('/v1/update', 'POST');
	}

	/** Of a device without a cloud, whose API is open on this machine. Returns what it refuses, or undefined. */
	async setLocalTarget(local: object): Promise<string | undefined> {
		const reply = await this.#ask('/v2/local/target-state', 'POST', { local });
		if (reply?.status === 200) return undefined;
		const { message } = refusal.safeParse(reply?.body).data ?? { message: 'no answer' };
		return message;
	}

	async readStatus(): Promise<SupervisorStatus | undefined> {
		return statusReply.safeParse((await this.#ask('/v2/state/status'))?.body).data;
	}

	async readApplications(): Promise<ApplicationStates | undefined> {
		return stateReply.safeParse((await this.#ask('/v2/applications/state'))?.body).data;
	}

	#ask(path: string, method = 'GET', body?: object) {
		const query = this.apiKey === undefined ? '' : `?apikey=${encodeURIComponent(this.apiKey)}`;
		return requestJson(
			{ host: '127.0.0.1', port: this.port },
			{ method, path: `${path}${query}`, ...(body && { body }) },
		);
	}
}
