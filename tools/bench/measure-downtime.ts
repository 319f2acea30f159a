import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildAndPush, findCommand, runDocker } from '../device/index.ts';
import { BenchDevice, waitUntil } from './device.ts';
import { BareService } from './bare-service.ts';
import { EngineCalls } from './engine-calls.ts';
import { measureGap, type GapOf } from './service-gap.ts';
import { summarize } from './statistics.ts';
import type { Row } from './table.ts';

interface DowntimeBench {
	readonly socketPath: string;
	readonly registry: string;
	readonly baseImage: string;
	readonly runs: number;
	readonly nodeFlags: readonly string[];
	readonly log: (line: string) => void;
}

/** One release of the service. */
interface Version {
	readonly image: string;
	readonly environment: { readonly VERSION: string };
}

interface Bench extends DowntimeBench {
	readonly engine: EngineCalls;
	readonly images: readonly [string, string];
}

/** A way to replace one release by another. */
type Update = (version: Version) => Promise<void>;

const SERVICE = 'web';
const RUNS_MIN = 5;
const CHANGES = { environment: 'a variable changed', image: 'the image changed' } as const;
const run = promisify(execFile);

/** Measures the downtime of one service in an update: by bare calls, by the supervisor, by docker-compose. */
export async function measureDowntime(options: DowntimeBench): Promise<readonly Row[]> {
	const engine = new EngineCalls(options.socketPath);
	try {
		const images = [await pushImage(options, 'a'), await pushImage(options, 'b')] as const;
		const bench = { ...options, runs: Math.max(RUNS_MIN, options.runs), engine, images };
		const found = [...(await measureSupervisor(bench)), ...(await measureCompose(bench))];
		const floor = summarize(found.flatMap(({ floors }) => floors));
		return [
			{ what: 'downtime of a service, floor: stop, start', unit: 'ms', sample: floor },
			...found.flatMap(describe),
		];
	} finally {
		await engine.removeEverything();
		engine.close();
	}
}

/** It stops at once on its stop signal, so that no grace period is measured. */
async function pushImage({ socketPath, registry, baseImage }: DowntimeBench, content: string): Promise<string> {
	const context = mkdtempSync(join(tmpdir(), 'bench-image-'));
	try {
		const lines = [`FROM ${baseImage}`, 'STOPSIGNAL SIGKILL', `ENV CONTENT=${content}`, 'CMD ["sleep", "86400"]'];
		writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
		const { reference } = await buildAndPush({ socketPath, registry, name: `bench-${content}`, context });
		return reference;
	} finally {
		rmSync(context, { recursive: true });
	}
}

interface Found {
	readonly who: string;
	readonly change: keyof typeof CHANGES;
	readonly times: readonly number[];
	/** Alternates with the others, so that other load on the machine affects all alike. */
	readonly floors: readonly number[];
}

async function measureSupervisor(bench: Bench): Promise<readonly Found[]> {
	const { engine, socketPath, nodeFlags } = bench;
	const device = new BenchDevice({ engine, socketPath, nodeFlags });
	const isService: GapOf['isService'] = (attributes) => attributes['io.balena.service-name'] === SERVICE;
	const update: Update = async (version) => {
		await device.release(SERVICE, version);
		await waitUntil('it runs', () => isSettled(engine, version));
	};
	try {
		await device.prepare();
		await device.start();
		return await measureUpdates(bench, { who: 'supervisor', isService, update });
	} finally {
		await device.dispose();
		await engine.removeEverything();
	}
}

/** Python's, in Debian 12. */
async function measureCompose(bench: Bench): Promise<readonly Found[]> {
	if (findCommand('docker-compose') === undefined) {
		bench.log('downtime: left out docker-compose, which is not here and could not be installed');
		return [];
	}
	const folder = mkdtempSync(join(tmpdir(), 'bench-compose-'));
	const file = join(folder, 'docker-compose.yml');
	const env = { ...process.env, DOCKER_HOST: `unix://${bench.socketPath}` };
	const compose = (...args: readonly string[]) => run('docker-compose', ['-p', 'bench', '-f', file, ...args], { env });
	const update: Update = async (version) => {
		// JSON is YAML.
		writeFileSync(file, JSON.stringify({ version: '2.4', services: { [SERVICE]: { ...version, restart: 'always' } } }));
		await compose('up', '--detach');
	};
	const isService: GapOf['isService'] = (attributes) => attributes['com.docker.compose.service'] === SERVICE;
	try {
		const { stdout } = await run('docker-compose', ['version', '--short']);
		const found = await measureUpdates(bench, { who: `docker-compose ${stdout.trim()}`, isService, update });
		await compose('down', '--timeout', '0');
		return found;
	} finally {
		rmSync(folder, { recursive: true });
	}
}

async function measureUpdates(
	{ engine, images, runs, socketPath, log }: Bench,
	{ who, isService, update }: { who: string; isService: GapOf['isService']; update: Update },
): Promise<readonly Found[]> {
	const found: Found[] = [];
	let number = 0;
	for (const change of ['environment', 'image'] as const) {
		const turnTo = async (turn: number) => {
			const image = images[change === 'image' ? turn % 2 : 0] ?? '';
			// Pulls are not measured, and the supervisor removes unused images.
			await runDocker(socketPath, ['pull', '--quiet', image]);
			const environment = { VERSION: change === 'image' ? 'same' : String((number += 1)) };
			return () => update({ image, environment });
		};
		await (
			await turnTo(0)
		)();
		const bare = new BareService(engine, images[0]);
		await bare.start();
		const [times, floors]: [number[], number[]] = [[], []];
		for (let turn = 1; turn <= runs; turn += 1) {
			floors.push(await bare.replace());
			times.push(await measureGap({ engine, isService }, await turnTo(turn)));
		}
		await bare.remove();
		const print = (values: readonly number[]) => values.map((value) => value.toFixed(0)).join(', ');
		log(`downtime, ${CHANGES[change]}, ${who}: ${print(times)} ms; floor: ${print(floors)} ms`);
		found.push({ who, change, times, floors });
	}
	return found;
}

/** One container of the service, of this version, which runs. */
async function isSettled(engine: EngineCalls, { image, environment }: Version): Promise<boolean> {
	const containers = (await engine.listContainers()).filter(
		({ Labels }) => Labels['io.balena.service-name'] === SERVICE,
	);
	const [only, ...others] = containers;
	if (only?.State !== 'running' || others.length > 0) return false;
	// The engine's own answer; a container that was removed between the calls is not settled.
	const answer = await engine.call('GET', `/containers/${only.Id}/json`).catch(() => undefined);
	const found = answer as { readonly Config: { readonly Env: readonly string[] }; readonly Image: string } | undefined;
	const wanted = await engine.call('GET', `/images/${image}/json`).catch(() => undefined);
	const { Id } = (wanted ?? {}) as { readonly Id?: string };
	return found?.Config.Env.includes(`VERSION=${environment.VERSION}`) === true && found.Image === Id;
}

function describe({ who, change, times, floors }: Found): readonly Row[] {
	const what = `downtime, ${CHANGES[change]}: ${who}`;
	const floorMs = summarize(floors).median;
	return [
		{ what, unit: 'ms', sample: summarize(times) },
		{ what: `${what}, of the floor`, unit: '×', sample: summarize(times.map((time) => time / floorMs)) },
	];
}
