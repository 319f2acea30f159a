import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { findDeviceHost, runDocker } from '../../../tools/device/index.ts';
import { SupervisorApi } from '../../../tools/dind/supervisor-api.ts';

const PROJECT = join(import.meta.dirname, '../../..');
export const UNIT = 'balena-supervisor';
/** Of systemd: another one after each boot. What journalctl lists as boots are those of the machine. */
export const BOOT = 'UserspaceTimestampMonotonic';
const BOOT_MS_MAX = 120_000;

interface Answer {
	readonly code: number;
	readonly output: string;
}

/** A host of `dindctl run --os`, and the command line that makes and ends it. */
export class OsScene {
	readonly folder = mkdtempSync('/var/tmp/dind-os-');
	readonly device = join(this.folder, 'device');
	readonly port: number;
	/** The checkout that the command belongs to. */
	#project = PROJECT;

	constructor(port: number) {
		this.port = port;
	}

	useProject(folder: string): void {
		this.#project = folder;
	}

	/** From another working directory, as its user may be anywhere. */
	dindctl(...args: readonly string[]): Promise<Answer> {
		// Of this machine's own engine nothing is used, and nothing is left in it.
		const env = { ...process.env, DINDCTL_DIRECTORY: this.device, DOCKER_HOST: 'unix:///nowhere.sock' };
		return new Promise((done) => {
			const child = execFile(join(this.#project, 'dindctl'), args, { cwd: '/', env }, (_error, stdout, stderr) => {
				done({ code: child.exitCode ?? -1, output: stdout + stderr });
			});
		});
	}

	/** Fails with what was printed. */
	async succeed(...args: readonly string[]): Promise<string> {
		const { code, output } = await this.dindctl(...args);
		expect(code, output).to.equal(0);
		return output;
	}

	async inside(...command: readonly string[]): Promise<string> {
		return (await this.dindctl('shell', ...command)).output.trim();
	}

	/** Undefined while nothing answers, as during a reboot. */
	async readState(key: string): Promise<string | undefined> {
		return (await new SupervisorApi(this.port, key).readStatus())?.appState;
	}

	/** What its API answers on this machine; empty while nothing answers. */
	async ask(path: string): Promise<string> {
		try {
			const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, { signal: AbortSignal.timeout(5_000) });
			return await answer.text();
		} catch {
			return ''; // it is starting, or hangs
		}
	}

	/** The host is the only container of the engine that carries it. */
	async listHosts(directory: string): Promise<readonly string[]> {
		const carrier = findDeviceHost(directory);
		if (carrier === undefined) return [];
		const names = await runDocker(carrier.socketPath, ['ps', '--all', '--format', '{{.Names}}']);
		return names.split('\n').filter((name) => name !== '');
	}

	async dispose(...places: readonly (readonly string[])[]): Promise<void> {
		for (const place of [[], ...places]) await this.dindctl('stop', ...place);
		rmSync(this.folder, { recursive: true, force: true });
	}
}

export async function waitUntil(what: string, isTrue: () => Promise<boolean>): Promise<void> {
	const deadline = performance.now() + BOOT_MS_MAX;
	while (!(await isTrue())) {
		if (performance.now() > deadline) throw new Error(`${what}: not within ${BOOT_MS_MAX / 1000} s`);
		await sleep(500);
	}
}

/** This checkout with its packages, for a test that changes it or its owner. */
export function copyProject(folder: string): string {
	mkdirSync(folder);
	for (const name of readdirSync(PROJECT)) {
		if (/^(\.git|node_modules|dist)$/.test(name)) continue;
		cpSync(join(PROJECT, name), join(folder, name), { recursive: true, preserveTimestamps: true });
	}
	execFileSync('cp', ['-a', join(PROJECT, 'node_modules'), folder]);
	return folder;
}
