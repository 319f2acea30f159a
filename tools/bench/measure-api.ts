import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchDevice } from './device.ts';
import type { LoadResult } from './load.ts';
import { summarize } from './statistics.ts';
import { API_PORT, stopChild } from './supervisor.ts';
import type { Row } from './table.ts';

const LOAD = join(import.meta.dirname, 'load.ts');
const PATHS = ['/v1/healthy', '/v2/state/status'];
const CONNECTIONS = [1, 50];
const SECONDS = 4;
const RUNS = 3;
const P99_TARGET_MS = 20;

/** Measures the API beside running services, compared with an empty server. */
export async function measureApi(device: BenchDevice, log: (line: string) => void): Promise<readonly Row[]> {
	const key = await device.apiKey();
	const rows: Row[] = [];
	const empty = await startEmptyServer();
	try {
		for (const connections of CONNECTIONS) {
			const floor = await load({ port: empty.port, path: '/', connections });
			log(`empty server, ${connections} connections: ${describe(floor)}`);
			for (const path of PATHS) {
				const results: LoadResult[] = [];
				for (let run = 0; run < RUNS; run += 1) {
					results.push(await load({ port: API_PORT, path, key, connections }));
				}
				results.forEach((result) => log(`${path}, ${connections} connections: ${describe(result)}`));
				const what = `GET ${path}, ${connections} at once`;
				const p99 = summarize(results.map((result) => result.p99));
				rows.push(
					{ what: `${what}: median`, unit: 'ms', sample: summarize(results.map(({ p50 }) => p50)) },
					{ what: `${what}: p99`, unit: 'ms', sample: p99, ...(connections > 1 ? { target: P99_TARGET_MS } : {}) },
					{
						what: `${what}: p99, of an empty server's`,
						unit: '×',
						sample: summarize(results.map((result) => result.p99 / floor.p99)),
					},
				);
			}
		}
	} finally {
		await empty.stop();
	}
	return rows;
}

async function load(options: {
	readonly port: number;
	readonly path: string;
	readonly key?: string;
	readonly connections: number;
}): Promise<LoadResult> {
	const { port, path, key, connections } = options;
	const args = ['--port', String(port), '--path', path, '--connections', String(connections)];
	const { stdout } = await promisify(execFile)('node', [
		...['--import', 'tsx', LOAD, ...args, '--seconds', String(SECONDS)],
		...(key === undefined ? [] : ['--key', key]),
	]);
	const result = JSON.parse(stdout) as LoadResult; // printed by our own program
	if (result.failures > 0) throw new Error(`${path}: ${result.failures} requests failed`);
	return result;
}

async function startEmptyServer(): Promise<{ readonly port: number; stop(): Promise<void> }> {
	const program =
		'require("node:http").createServer((q, r) => r.end("OK")).listen(0, "127.0.0.1", function () { console.log(this.address().port) })';
	const child = spawn('node', ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
	const [line] = (await once(child.stdout, 'data')) as [Buffer];
	return { port: Number(String(line)), stop: () => stopChild(child) };
}

function describe({ answers, p50, p99 }: LoadResult): string {
	return `${answers} answers, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}
