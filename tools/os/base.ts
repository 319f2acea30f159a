import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DeviceError, UnsupportedError, ensureDebootstrap, runExclusively } from '../device/index.ts';

const RECIPE = join(import.meta.dirname, 'build-base.sh');
const MIRROR = 'http://deb.debian.org/debian';
const SUITE = 'bookworm';

export interface SupervisorBase {
	/** Changes with the recipe and with this machine's Node. */
	readonly key: string;
	/** In the words of the engine: amd64, arm64. */
	readonly architecture: string;
	/** A file system of Debian's packages and Node: what the supervisor needs. */
	readonly supervisorTar: string;
	/** Of sqlite3, if it is not the one in node_modules. */
	readonly binary?: string;
}

export interface OsBase extends SupervisorBase {
	/** The same with an init system and an engine. */
	readonly hostTar: string;
}

export interface EnsureBase {
	readonly log: (line: string) => void;
	readonly signal: AbortSignal;
	/** Where bases are kept for all devices. */
	readonly folder?: string;
}

/** Makes the base once and keeps it for later runs. A folder with its final name is complete. */
export async function ensureOsBase(options: EnsureBase): Promise<OsBase> {
	if (process.getuid?.() !== 0) throw new UnsupportedError('run --os needs root', 'Run it with sudo');
	const folder = options.folder ?? chooseFolder();
	const node = realpathSync(process.execPath);
	const key = createHash('sha256')
		.update([readFileSync(RECIPE, 'utf8'), MIRROR, SUITE, process.version, process.arch].join('\n'))
		.digest('hex')
		.slice(0, 12);
	const path = join(folder, key);
	if (!existsSync(path)) {
		await ensureDebootstrap({ log: options.log });
		mkdirSync(folder, { recursive: true });
		// Another dindctl may make the same one.
		await runExclusively(folder, async () => {
			if (!existsSync(path)) await buildBase(path, node, options);
		});
	}
	const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
	return { key, architecture, supervisorTar: join(path, 'supervisor.tar'), hostTar: join(path, 'host.tar') };
}

function chooseFolder(): string {
	const base = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state');
	return join(base, 'dindctl-os');
}

async function buildBase(path: string, node: string, options: EnsureBase): Promise<void> {
	const building = `${path}.new`;
	rmSync(building, { recursive: true, force: true });
	mkdirSync(building, { recursive: true });
	try {
		await runRecipe([building, MIRROR, SUITE, node], options);
	} catch (cause) {
		options.signal.throwIfAborted();
		const log = readLog(join(building, 'build.log'));
		const reason = log.findLast((line) => /^E: |rror/.test(line)) ?? log.at(-1) ?? 'it left no message';
		const remedy = `Make sure that ${MIRROR} can be reached and repeat`;
		throw new DeviceError(`The base of the host could not be made: ${reason}`, remedy, { cause });
	} finally {
		rmSync(join(building, 'root'), { recursive: true, force: true });
		if (!existsSync(join(building, 'done'))) rmSync(building, { recursive: true, force: true });
	}
	// Bases of former recipes are of no use to anyone.
	for (const name of readdirSync(join(path, '..'))) {
		if (name !== `${path.split('/').at(-1) ?? ''}.new`)
			rmSync(join(path, '..', name), { recursive: true, force: true });
	}
	renameSync(building, path);
}

/** In a mount namespace of its own: what debootstrap leaves mounted after an interruption ends with it. */
async function runRecipe(args: readonly string[], options: EnsureBase): Promise<void> {
	const inside = ['--mount', '--pid', '--fork', '--kill-child', 'sh', RECIPE, ...args];
	const child = spawn('unshare', inside, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
	const stop = () => child.kill('SIGKILL');
	options.signal.addEventListener('abort', stop, { once: true });
	try {
		createInterface({ input: child.stdout }).on('line', options.log);
		const code = await new Promise<number | null>((done, failed) => {
			child.once('error', failed);
			child.once('close', done);
		});
		if (code !== 0) throw new Error(`the recipe ended with status ${code ?? 'none'}`);
	} finally {
		options.signal.removeEventListener('abort', stop);
	}
}

function readLog(path: string): readonly string[] {
	return existsSync(path)
		? readFileSync(path, 'utf8')
				.split('\n')
				.filter((line) => line.trim() !== '')
		: [];
}
