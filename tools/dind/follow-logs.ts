import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { listContainers } from './containers.ts';
import type { ServiceContainer } from './containers.ts';
import { parseLine, parseSupervisorLog } from './log-lines.ts';
import type { LogLine } from './log-lines.ts';

const SEARCH_MS = 1_000;

export interface LogSources {
	/** Of the engine, if the device runs. */
	readonly socketPath: string | undefined;
	/** Empty: every service. */
	readonly services: readonly string[];
	/** The supervisor's, if it is wanted too. */
	readonly supervisorLog: string | undefined;
	readonly sinceMs: number | undefined;
	readonly linesMax: number;
}

/** What the logs have now, one list a source. */
export async function readLogs(sources: LogSources): Promise<readonly (readonly LogLine[])[]> {
	const { socketPath, supervisorLog, sinceMs, linesMax } = sources;
	const containers = await findContainers(sources);
	const since = sinceMs === undefined ? [] : ['--since', new Date(sinceMs).toISOString()];
	const ofServices = containers.map(async ({ service, id }) => {
		const args = ['logs', '--timestamps', '--tail', String(linesMax), ...since, id];
		return (await readOutput(socketPath, args)).map((line) => parseLine(service, line));
	});
	const ofSupervisor = supervisorLog === undefined ? [] : readSupervisorLog(supervisorLog, sinceMs);
	return [ofSupervisor, ...(await Promise.all(ofServices))];
}

/** Calls back for each new line, also of containers that come later, until the signal aborts. */
export async function followLogs(
	sources: LogSources,
	options: {
		/** The last lines that were shown, one list a source. */
		readonly shown: readonly (readonly LogLine[])[];
		readonly print: (line: LogLine) => void;
		readonly signal: AbortSignal;
	},
): Promise<void> {
	const { socketPath, supervisorLog } = sources;
	const { shown, print, signal } = options;
	const startedAt = new Date().toISOString();
	const lastOf = new Map(shown.flatMap((log) => log.slice(-1).map(({ source, time }) => [source, time] as const)));
	const followed = new Map<string, ChildProcess>();
	if (supervisorLog !== undefined) {
		const from = countLines(supervisorLog) + 1;
		const child = spawn('tail', ['-n', `+${from}`, '-F', supervisorLog], { stdio: ['ignore', 'pipe', 'ignore'] });
		followed.set(
			'supervisor',
			follow(child, (line) => parseSupervisorLog([line]).forEach(print)),
		);
	}
	let isAtStart = true;
	try {
		for (;;) {
			// An engine that is away comes back.
			const containers = await findContainers(sources).catch((): readonly ServiceContainer[] => []);
			for (const { id, service } of containers.filter((container) => !followed.has(container.id))) {
				const last = isAtStart ? (lastOf.get(service) ?? startedAt) : undefined;
				const since = last === undefined ? [] : ['--since', last];
				const child = spawn('docker', ['logs', '--timestamps', '--follow', ...since, id], {
					...withEngine(socketPath),
					stdio: ['ignore', 'pipe', 'pipe'],
				});
				followed.set(
					id,
					follow(child, (text) => {
						const line = parseLine(service, text);
						if (last === undefined || isNewer(line.time, last)) print(line);
					}),
				);
			}
			isAtStart = false;
			await sleep(SEARCH_MS, undefined, { signal });
		}
	} finally {
		for (const child of followed.values()) child.kill();
	}
}

/** Times of the engine have nanoseconds, so as texts. */
function isNewer(time: string | undefined, last: string): boolean {
	return time === undefined || time.localeCompare(last) > 0;
}

function follow(child: ChildProcess, onLine: (line: string) => void): ChildProcess {
	for (const stream of [child.stdout, child.stderr]) {
		if (stream !== null) createInterface({ input: stream }).on('line', onLine);
	}
	child.on('error', () => undefined); // nothing to follow; the next search tries again with what is there then
	return child;
}

async function findContainers({ socketPath, services }: LogSources): Promise<readonly ServiceContainer[]> {
	if (socketPath === undefined) return [];
	const containers = await listContainers(socketPath);
	return services.length === 0 ? containers : containers.filter(({ service }) => services.includes(service));
}

function readSupervisorLog(path: string, sinceMs: number | undefined): readonly LogLine[] {
	const lines = parseSupervisorLog(readLines(path));
	return sinceMs === undefined ? lines : lines.filter(({ time }) => time !== undefined && Date.parse(time) >= sinceMs);
}

function readLines(path: string): readonly string[] {
	return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
}

function countLines(path: string): number {
	return Math.max(0, readLines(path).length - 1);
}

/** Both streams of a container are its log. */
function readOutput(socketPath: string | undefined, args: readonly string[]): Promise<readonly string[]> {
	return new Promise((done, failed) => {
		const child = spawn('docker', args, {
			...withEngine(socketPath),
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		const lines: string[] = [];
		follow(child, (line) => lines.push(line));
		child.once('error', failed);
		child.once('close', () => done(lines));
	});
}

function withEngine(socketPath: string | undefined): { readonly env: NodeJS.ProcessEnv } {
	return { env: { ...process.env, ...(socketPath !== undefined && { DOCKER_HOST: `unix://${socketPath}` }) } };
}
