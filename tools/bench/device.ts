import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createControlClient, type ControlClient } from '../cloud/control-client.ts';
import { startCloud, type RunningCloud } from '../cloud/start-cloud.ts';
import { describeMachine } from '../dind/device-folder.ts';
import type { EngineCalls } from './engine-calls.ts';
import { readCpuMs } from './read-process.ts';
import { callApi, layOutDevice, startSupervisor, type RunningSupervisor } from './supervisor.ts';

const WAIT_MS = 120_000;

/** A supervisor with its own stand-in cloud, on the engine that the baseline uses too. */
export class BenchDevice {
	readonly folder = mkdtempSync(join(tmpdir(), 'bench-'));
	readonly #engine: EngineCalls;
	readonly #socketPath: string;
	readonly #nodeFlags: readonly string[];
	#cloud: RunningCloud | undefined;
	#client: ControlClient | undefined;
	#fleetId = 0;
	supervisor: RunningSupervisor | undefined;

	constructor(options: {
		readonly engine: EngineCalls;
		readonly socketPath: string;
		readonly nodeFlags: readonly string[];
	}) {
		this.#engine = options.engine;
		this.#socketPath = options.socketPath;
		this.#nodeFlags = options.nodeFlags;
	}

	async prepare(): Promise<void> {
		this.#cloud = await startCloud({ port: 0 });
		this.#client = createControlClient(this.#cloud.url);
		const { slug, arch } = describeMachine();
		const fleet = await this.#client.createFleet({ name: 'bench', deviceType: slug, arch });
		this.#fleetId = fleet.id;
		layOutDevice(this.folder, { url: this.#cloud.url, fleetId: fleet.id, key: fleet.provisioningKey });
	}

	/** Returns the time from the start of the process to its first answer. */
	async start(): Promise<number> {
		this.supervisor = await startSupervisor({
			folder: this.folder,
			socketPath: this.#socketPath,
			nodeFlags: this.#nodeFlags,
		});
		return this.supervisor.startMs;
	}

	/** Makes a release of so many services the target and waits until the engine runs them all. */
	async apply(count: number, image: string): Promise<{ readonly durationMs: number; readonly cpuMs: number }> {
		const names = Array.from({ length: count }, (_, index) => `service${index}`);
		const services = Object.fromEntries(names.map((name) => [name, { image, stop_signal: 'SIGKILL' }]));
		const images = Object.fromEntries(names.map((name) => [name, image]));
		const key = await this.apiKey();
		await this.#createRelease(services, images);
		let started = 0;
		const { promise: done, resolve: finish } = createGate();
		const follower = await this.#engine.followStarts(() => {
			started += 1;
			if (started >= count) finish();
		});
		const pid = this.supervisor?.pid ?? 0;
		const cpuBeforeMs = readCpuMs(pid);
		const startedAt = performance.now();
		await this.#update(key);
		await Promise.race([done, sleep(WAIT_MS, undefined, { ref: false })]);
		const durationMs = performance.now() - startedAt;
		follower.close();
		const running = await this.countRunning();
		if (running < count) throw new Error(`only ${running} of ${count} services run after ${Math.round(durationMs)} ms`);
		return { durationMs, cpuMs: readCpuMs(pid) - cpuBeforeMs };
	}

	/** Makes a release of this one service the target, and the device look for it. */
	async release(name: string, service: { readonly image: string; readonly environment: object }): Promise<void> {
		const key = await this.apiKey();
		await this.#createRelease({ [name]: service }, { [name]: service.image });
		await this.#update(key);
	}

	/** Makes a release without services the target and waits until the engine has none. */
	async clear(): Promise<void> {
		const key = await this.apiKey();
		await this.#createRelease({}, {});
		await this.#update(key);
		await waitUntil('all services are gone', async () => (await this.countRunning()) === 0);
	}

	async countRunning(): Promise<number> {
		const containers = await this.#engine.listContainers();
		return containers.filter(({ State, Labels }) => State === 'running' && 'io.balena.supervised' in Labels).length;
	}

	/** As the device has reported it. */
	async apiKey(): Promise<string> {
		let key: unknown;
		await waitUntil('the device has reported its key', async () => {
			const [device] = await this.#requireClient().listDevices();
			key = device?.state['api_secret'];
			return typeof key === 'string';
		});
		return String(key);
	}

	async #createRelease(services: object, images: Readonly<Record<string, string>>): Promise<void> {
		await this.#requireClient().createRelease(this.#fleetId, { composition: { services }, images });
	}

	async #update(key: string): Promise<void> {
		const status = await callApi('POST', '/v1/update', key);
		if (status >= 300) throw new Error(`POST /v1/update was answered ${status}`);
	}

	#requireClient(): ControlClient {
		if (this.#client === undefined) throw new Error('prepare first');
		return this.#client;
	}

	async dispose(): Promise<void> {
		await this.supervisor?.stop();
		await this.#cloud?.stop();
		rmSync(this.folder, { recursive: true, force: true });
	}
}

function createGate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
	const gate: { resolve: () => void } = { resolve: () => undefined };
	const promise = new Promise<void>((resolve) => (gate.resolve = resolve));
	return { promise, resolve: gate.resolve };
}

export async function waitUntil(what: string, condition: () => Promise<boolean>): Promise<void> {
	const deadline = performance.now() + WAIT_MS;
	while (!(await condition())) {
		if (performance.now() > deadline) throw new Error(`it did not happen that ${what}`);
		await sleep(50);
	}
}
