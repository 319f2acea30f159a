import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildAndPush, runDocker } from '../device/index.ts';
import { BenchDevice } from './device.ts';
import { EngineCalls } from './engine-calls.ts';
import { measureApi } from './measure-api.ts';
import { measureFloor } from './measure-floor.ts';
import { readMemory, type Memory } from './read-process.ts';
import { summarize } from './statistics.ts';
import { stopChild } from './supervisor.ts';
import type { Row } from './table.ts';

interface DeviceBench {
	readonly socketPath: string;
	readonly registry: string;
	readonly baseImage: string;
	readonly runs: number;
	readonly idleMs: number;
	readonly counts: readonly number[];
	readonly nodeFlags: readonly string[];
	readonly log: (line: string) => void;
}

const TARGETS = { privateDirtyMb: 42, rssMb: 95, startMs: 450, floorRatio: 1.3 };
/** The ratio is taken at this number of services. */
const JUDGED_COUNT = 50;
/** The number of services beside the API measurement. */
const API_COUNT = 20;
const PARALLEL = [4, 64];

/** Measures the whole supervisor: memory, start time, apply time compared with bare engine calls. */
export async function measureDevice(options: DeviceBench): Promise<readonly Row[]> {
	const engine = new EngineCalls(options.socketPath);
	const device = new BenchDevice({ engine, socketPath: options.socketPath, nodeFlags: options.nodeFlags });
	try {
		const image = await pushTinyImage(options);
		const rows = [...(await measureEmptyServer(options))];
		const floors = await measureFloors(options, engine, image);
		await device.prepare();
		rows.push(...(await measureStartAndIdle(options, device)));
		for (const [count, floorMs] of floors)
			rows.push(...(await measureApply({ options, device, image, count, floorMs })));
		return rows;
	} finally {
		await device.dispose();
		await engine.removeEverything();
		engine.close();
	}
}

async function pushTinyImage({ socketPath, registry, baseImage }: DeviceBench): Promise<string> {
	const context = mkdtempSync(join(tmpdir(), 'bench-image-'));
	try {
		writeFileSync(join(context, 'Dockerfile'), `FROM ${baseImage}\nCMD ["sleep", "86400"]\n`);
		const { reference } = await buildAndPush({ socketPath, registry, name: 'bench', context });
		return reference;
	} finally {
		rmSync(context, { recursive: true });
	}
}

async function measureEmptyServer({ idleMs }: DeviceBench): Promise<readonly Row[]> {
	const program = 'require("node:http").createServer((q, r) => r.end()).listen(0, "127.0.0.1")';
	const child = spawn('node', ['-e', program], { stdio: 'ignore' });
	await once(child, 'spawn');
	await sleep(Math.min(idleMs, 3_000));
	const memory = readMemory(child.pid ?? 0);
	await stopChild(child);
	return memoryRows('an empty node:http server', memory);
}

/** By number of services: the best time of bare engine calls, in the same run. */
async function measureFloors(
	options: DeviceBench,
	engine: EngineCalls,
	image: string,
): Promise<ReadonlyMap<number, number>> {
	const floors = new Map<number, number>();
	for (const count of options.counts) {
		const medians: number[] = [];
		for (const parallel of PARALLEL) {
			await runDocker(options.socketPath, ['pull', '--quiet', image]);
			const times: number[] = [];
			for (let run = 0; run < options.runs; run += 1)
				times.push(await measureFloor({ engine, image, count, parallel }));
			medians.push(summarize(times).median);
			options.log(`floor of ${count}, ${parallel} at a time: ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
		}
		floors.set(count, Math.min(...medians));
	}
	return floors;
}

async function measureStartAndIdle(options: DeviceBench, device: BenchDevice): Promise<readonly Row[]> {
	const first = await device.start();
	await sleep(options.idleMs);
	const memory = readMemory(device.supervisor?.pid ?? 0);
	const times: number[] = [];
	for (let run = 0; run < Math.max(5, options.runs); run += 1) {
		await device.supervisor?.stop();
		times.push(await device.start());
	}
	options.log(`start: ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
	return [
		{ what: 'start to /ping, new device', unit: 'ms', sample: summarize([first]) },
		{ what: 'start to /ping', unit: 'ms', sample: summarize(times), target: TARGETS.startMs },
		...memoryRows('idle, no services', memory, TARGETS),
	];
}

async function measureApply(call: {
	readonly options: DeviceBench;
	readonly device: BenchDevice;
	readonly image: string;
	readonly count: number;
	readonly floorMs: number;
}): Promise<readonly Row[]> {
	const { options, device, image, count, floorMs } = call;
	const times: number[] = [];
	const cpu: number[] = [];
	let memory: Memory | undefined;
	let apiRows: readonly Row[] = [];
	for (let run = 0; run < options.runs; run += 1) {
		// The baseline does not pull either. The supervisor removes unused images, so pull before each run.
		await runDocker(options.socketPath, ['pull', '--quiet', image]);
		const { durationMs, cpuMs } = await device.apply(count, image);
		times.push(durationMs);
		cpu.push(cpuMs);
		if (run === options.runs - 1) {
			await sleep(options.idleMs);
			memory = readMemory(device.supervisor?.pid ?? 0);
			if (count === API_COUNT) apiRows = await measureApi(device, options.log);
		}
		await device.clear();
	}
	options.log(`apply ${count}: ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
	const ratios = summarize(times.map((time) => time / floorMs));
	return [
		{ what: `floor of ${count} services`, unit: 'ms', sample: summarize([floorMs]) },
		{ what: `apply ${count} services`, unit: 'ms', sample: summarize(times) },
		{
			what: `apply ${count} services, of the floor`,
			unit: '×',
			sample: ratios,
			...(count === JUDGED_COUNT ? { target: TARGETS.floorRatio } : {}),
		},
		{ what: `apply ${count} services: CPU of the supervisor`, unit: 'ms', sample: summarize(cpu) },
		...(memory === undefined ? [] : memoryRows(`idle, ${count} services`, memory, TARGETS)),
		...apiRows,
	];
}

function memoryRows(
	what: string,
	memory: Memory,
	targets?: { readonly privateDirtyMb: number; readonly rssMb: number },
): readonly Row[] {
	const row = (name: string, value: number, target?: number): Row => ({
		what: `${what}: ${name}`,
		unit: 'MB',
		sample: summarize([value]),
		...(target === undefined ? {} : { target }),
	});
	return [
		row('private dirty', memory.privateDirtyMb, targets?.privateDirtyMb),
		row('PSS', memory.pssMb),
		row('RSS', memory.rssMb, targets?.rssMb),
	];
}
