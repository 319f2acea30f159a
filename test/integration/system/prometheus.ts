import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findCommand } from '../../../tools/device/index.ts';

const READY_MS = 20_000;

/** A real Prometheus that scrapes one device each second. */
interface Prometheus {
	/** The values of an instant query, by the labels that were asked for. */
	query(expression: string): Promise<readonly { readonly labels: Labels; readonly value: number }[]>;
	/** What it has complained of. */
	complaints(): readonly string[];
	stop(): Promise<void>;
}

type Labels = Readonly<Record<string, string>>;

export function hasPrometheus(): boolean {
	return findCommand('prometheus') !== undefined && findCommand('promtool') !== undefined;
}

export async function startPrometheus(options: {
	readonly device: string;
	readonly key: string;
	readonly port: number;
}): Promise<Prometheus> {
	const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
	const address = `127.0.0.1:${options.port}`;
	writeFileSync(join(folder, 'prometheus.yml'), configOf(options));
	const child = spawn(
		findCommand('prometheus') ?? 'prometheus',
		[
			`--config.file=${join(folder, 'prometheus.yml')}`,
			`--storage.tsdb.path=${join(folder, 'data')}`,
			`--web.listen-address=${address}`,
		],
		{ stdio: ['ignore', 'ignore', 'pipe'] },
	);
	let output = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
	const ended = once(child, 'close');
	const stop = async () => {
		child.kill('SIGTERM');
		await ended;
		rmSync(folder, { recursive: true });
	};
	const deadline = performance.now() + READY_MS;
	while (!(await isReady(address))) {
		if (performance.now() > deadline || child.exitCode !== null) {
			await stop();
			throw new Error(`Prometheus does not start:\n${output}`);
		}
		await sleep(100);
	}
	return {
		query: (expression) => query(address, expression),
		complaints: () => output.split('\n').filter((line) => /level=(warn|error)/.test(line)),
		stop,
	};
}

/** `promtool check metrics`: what it says; nothing: all is well. */
export function checkMetrics(text: string): string {
	const { stdout, stderr, status } = spawnSync(findCommand('promtool') ?? 'promtool', ['check', 'metrics'], {
		input: text,
		encoding: 'utf8',
	});
	return status === 0 ? `${stdout}${stderr}`.trim() : `status ${status}: ${stdout}${stderr}`;
}

function configOf({ device, key }: { readonly device: string; readonly key: string }): string {
	return `scrape_configs:
  - job_name: device
    scrape_interval: 1s
    scrape_timeout: 1s
    authorization: { credentials: '${key}' }
    static_configs: [{ targets: ['${new URL(device).host}'] }]
`;
}

async function isReady(address: string): Promise<boolean> {
	try {
		return (await fetch(`http://${address}/-/ready`)).status === 200;
	} catch {
		return false; // it does not listen yet
	}
}

async function query(address: string, expression: string) {
	const response = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`);
	// The documented answer of its API.
	const { data } = (await response.json()) as {
		readonly data: { readonly result: readonly { readonly metric: Labels; readonly value: [number, string] }[] };
	};
	return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
