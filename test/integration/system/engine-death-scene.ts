import { execFile } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endEngine, restartEngine, waitForEngine, type EngineEnd } from '../../../tools/device/index.ts';
import { callEngine } from './engine-calls.ts';
import { listContainers, serviceOf, type Container } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const run = promisify(execFile);
const SERVICES = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9'];
/** In the network of its neighbour. */
const INNER = 's1';
const OUTER = 's0';
const COMPOSITIONS: Readonly<Record<string, object>> = {
	s0: { networks: ['inner'] },
	s1: { network_mode: 'service:s0' },
	s3: { networks: ['inner'], volumes: ['kept:/kept'] },
	s4: { network_mode: 'none' },
	s5: { network_mode: 'none' },
	s6: { depends_on: ['s2'] },
	s7: { networks: ['inner'] },
};
const RELEASE = {
	compositions: Object.fromEntries(
		SERVICES.map((name, at) => [name, { restart: at % 2 === 0 ? 'always' : 'unless-stopped', ...COMPOSITIONS[name] }]),
	),
	networks: { inner: {} },
	volumes: { kept: {} },
};
/** After the engine is back, everything has to run within this. */
const HEAL_MS = 30_000;
/** The limit for recovery. */
const LOST_MS = 10_000;
const MEND_MS = 30_000;
const UPDATE_MS = 60_000;
const PAUSE_MS = 100;
const LINES_MAX = 12;

interface Round {
	readonly name: string;
	readonly end: EngineEnd;
	/** The release to be under way to, so long after it starts the first service; without it nothing is under way. */
	readonly update?: { readonly commit: string; readonly delayMs: number };
}

export interface Outcome {
	readonly name: string;
	/** From the signal until the engine has ended, and from then until it answers. */
	readonly endedMs: number;
	readonly returnedMs: number;
	/** From the return until all services ran, and until the device was on target. `undefined`: not in time. */
	readonly runMs: number | undefined;
	readonly targetMs: number | undefined;
	/** The remaining faults at the time limit, with their details. */
	readonly left: readonly string[];
	readonly end: 'well' | 'late' | 'by hand' | 'by a restart';
	readonly log: readonly string[];
}

/** A device of ten services, with functions that end its engine and judge the recovery. */
export class EngineDeathScene {
	readonly #scene: Scene;
	/** Half of the services have another image in `half`, all of them in `whole`. */
	readonly commits: { readonly first: string; readonly half: string; readonly whole: string };
	#commit: string;

	private constructor(scene: Scene, commits: EngineDeathScene['commits']) {
		this.#scene = scene;
		this.commits = commits;
		this.#commit = commits.first;
	}

	static async create(): Promise<EngineDeathScene> {
		// What a step waits for is a matter of debugging.
		const scene = await setScene({ environment: { LOG_LEVEL: 'debug' } });
		const release = async (imageOf: (at: number) => number) => {
			const images = SERVICES.map((name, at) => [name, scene.images[imageOf(at)] ?? '']);
			return (await scene.release(Object.fromEntries(images) as Record<string, string>, RELEASE)).commit;
		};
		const half = await release((at) => (at % 2 === 0 ? 3 : at % 3));
		const whole = await release((at) => (at + 1) % 3);
		const first = await release((at) => at % 3);
		const made = new EngineDeathScene(scene, { first, half, whole });
		await scene.device.start();
		await scene.device.waitFor('all is well', async () => (await made.#look()).length === 0, UPDATE_MS);
		return made;
	}

	get socketPath(): string {
		return this.#scene.engine.socketPath;
	}

	/** The one that it is on or on its way to. */
	get commit(): string {
		return this.#commit;
	}

	async run({ name, end, update }: Round): Promise<Outcome> {
		const { device } = this.#scene;
		const mark = device.log().length;
		if (update !== undefined) await this.#begin(update.commit, update.delayMs);
		const signalledAt = performance.now();
		await endEngine(this.socketPath, end);
		const endedAt = performance.now();
		await waitForEngine(this.socketPath);
		await this.#scene.engine.docker('version');
		const returnedAt = performance.now();
		const runMs = await this.#waitUntil(async () => (await this.#listIdle()).length === 0, returnedAt + HEAL_MS);
		const targetMs = await this.#waitUntil(async () => (await this.#look()).length === 0, returnedAt + HEAL_MS);
		const left = targetMs === undefined ? await this.#look() : [];
		if (targetMs === undefined) this.#keepLog(name, device.log().slice(mark));
		return {
			...{ name, left },
			endedMs: endedAt - signalledAt,
			returnedMs: returnedAt - endedAt,
			runMs: runMs && runMs - returnedAt,
			targetMs: targetMs && targetMs - returnedAt,
			end: targetMs === undefined ? await this.#mend() : 'well',
			log: targetMs === undefined ? selectLines(device.log().slice(mark)) : [],
		};
	}

	async dispose(): Promise<void> {
		const { device, engine } = this.#scene;
		await device.kill('SIGKILL');
		for (const { Id } of await listContainers(engine)) await this.#remove(Id);
		await this.#scene.dispose();
	}

	/** All of it, in the folder of the host, for who gave `--directory` to run-inside.ts. */
	#keepLog(name: string, log: string): void {
		writeFileSync(join(dirname(this.socketPath), 'logs', `${name.replace(/\W+/g, '-')}.log`), log);
	}

	async #begin(commit: string, delayMs: number): Promise<void> {
		const { device, client, fleet } = this.#scene;
		this.#commit = commit;
		await client.updateFleet(fleet.id, { targetRelease: commit });
		const mark = device.log().length;
		await device.update();
		const deadline = performance.now() + UPDATE_MS;
		while (!device.log().includes('Starting service', mark)) {
			if (performance.now() > deadline) throw new Error('the update did not start any service');
			await sleep(1);
		}
		await sleep(delayMs);
	}

	/** Services without a running container of any release. */
	async #listIdle(): Promise<readonly string[]> {
		const { body } = await callEngine(this.socketPath, 'GET', '/containers/json');
		const running = body as readonly Pick<Container['Config'], 'Labels'>[]; // the engine's own answer
		const names = new Set(running.map(({ Labels }) => Labels['io.balena.service-name']));
		return SERVICES.filter((service) => !names.has(service));
	}

	/** All faults: services, the network that two share, and the status of the device. */
	async #look(): Promise<readonly string[]> {
		const { engine, device } = this.#scene;
		const containers = await listContainers(engine);
		const found = SERVICES.flatMap((service) => this.#describe(service, containers));
		if (found.length === 0 && !isSameNetwork(containers)) {
			found.push(`${INNER} runs without the network of ${OUTER}`);
		}
		const status = await device.status();
		if (status?.appState !== 'applied' || status.release !== this.#commit) {
			found.push(`the device says ${JSON.stringify(status?.appState)}, release ${String(status?.release)}`);
		}
		return found;
	}

	#describe(service: string, containers: readonly Container[]): string[] {
		const own = containers.filter((container) => serviceOf(container) === service);
		if (own.length === 1 && own[0]?.State.Status === 'running' && own[0].Name.endsWith(this.#commit)) return [];
		if (own.length === 0) return [`${service} has no container`];
		return own.map(({ Name, State }) => {
			// The engine's own answer, of which more is declared elsewhere.
			const { Error: error = '', ExitCode: code } = State as { readonly Error?: string; readonly ExitCode?: number };
			return `${service}: ${Name} ${State.Status} (code ${code}, started ${State.StartedAt}) ${error}`.trim();
		});
	}

	/** An engine that died may not know that it has mounted a container's files: they are busy when it removes them. */
	async #remove(id: string): Promise<void> {
		const { engine } = this.#scene;
		const find = ['inspect', '--format', '{{.GraphDriver.Data.MergedDir}}', id];
		const mounted = await engine.docker(...find).catch(() => '');
		await engine.docker('rm', '--force', id).catch(async () => {
			await run('umount', ['--lazy', mounted.trim()]).catch(() => undefined); // it was another reason then
			await engine.docker('rm', '--force', id).catch(() => undefined); // remains are reported by the checks
		});
	}

	/** So that the next round starts from a device that is well. */
	async #mend(): Promise<Exclude<Outcome['end'], 'well'>> {
		const isWell = async () => (await this.#look()).length === 0;
		if ((await this.#waitUntil(isWell, performance.now() + LOST_MS)) !== undefined) return 'late';
		const { engine, device } = this.#scene;
		const containers = await listContainers(engine);
		const bad = containers.filter(({ Name, State }) => State.Status !== 'running' || !Name.endsWith(this.#commit));
		const inner = containers.filter((container) => serviceOf(container) === INNER);
		for (const { Id } of [...bad, ...inner]) await this.#remove(Id);
		if ((await this.#waitUntil(isWell, performance.now() + MEND_MS)) !== undefined) return 'by hand';
		// State that only the memory of the engine holds, such as the name of an invisible container.
		this.#keepLog('not mended', `${await engine.docker('ps', '--all', '--no-trunc')}\n${device.log()}`);
		await restartEngine(this.socketPath);
		await device.waitFor('all is well again after a restart of the engine', isWell, UPDATE_MS);
		return 'by a restart';
	}

	/** When it was so, or `undefined`. An engine that goes down meanwhile gives no answer. */
	async #waitUntil(condition: () => Promise<boolean>, deadline: number): Promise<number | undefined> {
		for (;;) {
			if (await condition().catch(() => false)) return performance.now();
			if (performance.now() > deadline) return undefined;
			await sleep(PAUSE_MS);
		}
	}
}

function isSameNetwork(containers: readonly Container[]): boolean {
	const [inner, outer] = [INNER, OUTER].map((service) => {
		const { State } = containers.find((container) => serviceOf(container) === service) ?? {};
		return (State as { readonly Pid?: number } | undefined)?.Pid ?? 0; // the engine's own answer
	});
	try {
		return readlinkSync(`/proc/${inner}/ns/net`) === readlinkSync(`/proc/${outer}/ns/net`);
	} catch {
		return false; // one has just ended
	}
}

/** Failed and waiting steps, each with its last message. */
function selectLines(log: string): readonly string[] {
	const lines = new Map<string, string>();
	const failed = log.split('\n').filter((line) => /\[(warn|error)\]|step (failed|waits)/.test(line));
	// Interfaces come and go with containers.
	for (const line of failed.filter((candidate) => !candidate.includes('component=host'))) {
		const key = /step \w+ .*subject=\S+/.exec(line)?.[0] ?? line.replace(/[0-9a-f]{12,}|\d+/g, '');
		lines.delete(key);
		lines.set(key, line);
	}
	return [...lines.values()].slice(-LINES_MAX);
}

export function describeOutcome({ name, endedMs, returnedMs, runMs, targetMs, left, end, log }: Outcome): string {
	const seconds = (ms: number | undefined) => (ms === undefined ? 'not' : `${(ms / 1000).toFixed(1)} s`);
	const times = `ended in ${seconds(endedMs)}, back ${seconds(returnedMs)} later`;
	const healed = `all ran after ${seconds(runMs)}, on target after ${seconds(targetMs)}`;
	const details = [...(end === 'well' ? [] : [`well again: ${end}`]), ...left, ...log];
	return [`${name}: ${times}; ${healed}`, ...details.map((line) => `    ${line}`)].join('\n      ');
}
