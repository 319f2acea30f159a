import { join } from 'node:path';
import { startEngineProxy } from '../../support/device-process-proxy.ts';
import type { RealEngine } from '../../support/real-engine.ts';

/** A proxy between a device and its engine: held requests were sent by the device, and have not reached the engine. */
export interface EngineGate {
	/** For `DOCKER_HOST`. */
	readonly host: string;
	/** Method and path of waiting requests, in order of arrival, without those whose client has disconnected. */
	readonly waiting: readonly string[];
	/** From now on, requests that match. */
	hold(requests: RegExp): void;
	letFirstGo(): void;
	/** All that wait, and all later ones. */
	letGo(): void;
	stop(): Promise<void>;
}

/** Requests to start a container, the first group being its id. */
export const STARTS = /^POST .*\/containers\/([^/]+)\/start/;
/** Requests to fetch an image. */
export const PULLS = /^POST .*\/images\/create\?/;

export async function placeEngineGate(engine: Pick<RealEngine, 'socketPath'>, folder: string): Promise<EngineGate> {
	const path = join(folder, 'gate.sock');
	const waiting: { readonly request: string; readonly proceed: () => void }[] = [];
	let held: RegExp | undefined;
	const proxy = await startEngineProxy(path, engine.socketPath, (request, gone) => {
		if (held?.test(request) !== true) return undefined;
		return new Promise((proceed) => {
			const entry = { request, proceed };
			waiting.push(entry);
			gone.addEventListener('abort', () => {
				if (waiting.includes(entry)) waiting.splice(waiting.indexOf(entry), 1);
			});
		});
	});
	const letGo = () => {
		held = undefined;
		for (const { proceed } of waiting.splice(0)) proceed();
	};
	return {
		host: `unix://${path}`,
		get waiting() {
			return waiting.map(({ request }) => request);
		},
		hold: (requests) => (held = requests),
		letFirstGo: () => waiting.shift()?.proceed(),
		letGo,
		stop: async () => {
			letGo();
			await proxy.stop();
		},
	};
}
