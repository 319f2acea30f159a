import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
	DeviceError,
	UnsupportedError,
	ensureDebootstrap,
	ensureForeignTools,
	runExclusively,
} from '../device/index.ts';

const PROJECT = join(import.meta.dirname, '../..');
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

/** Makes the base of hosts once and keeps it for later runs. */
export async function ensureOsBase(options: EnsureBase): Promise<OsBase> {
	if (process.getuid?.() !== 0) throw new UnsupportedError('run --os needs root', 'Run it with sudo');
	const node = realpathSync(process.execPath);
	const recipe = { prefix: '', script: 'build-base.sh', args: [node], versions: [process.version, process.arch] };
	const { key, path } = await ensureBase(recipe, options);
	const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
	return { key, architecture, supervisorTar: join(path, 'supervisor.tar'), hostTar: join(path, 'host.tar') };
}

/** Of another architecture, of which only the image of the supervisor is made. */
export async function ensureForeignBase(architecture: 'arm64', options: EnsureBase): Promise<SupervisorBase> {
	if (process.getuid?.() !== 0) {
		throw new UnsupportedError(`An image for ${architecture} needs root`, 'Run it with sudo');
	}
	await ensureForeignTools({ log: options.log });
	const { key, path } = await ensureBase(
		{
			prefix: `${architecture}-`,
			script: 'build-foreign-base.sh',
			args: [PROJECT, process.version.slice(1)],
			versions: [process.version, readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')],
		},
		options,
	);
	const binary = join(path, 'node_sqlite3.node');
	return { key, architecture, supervisorTar: join(path, 'supervisor.tar'), binary };
}

interface Recipe {
	/** Bases with another one are none of its former ones. */
	readonly prefix: string;
	readonly script: string;
	readonly args: readonly string[];
	/** What the result depends on besides the script. */
	readonly versions: readonly string[];
}

/** A folder with its final name is complete. */
async function ensureBase(
	recipe: Recipe,
	options: EnsureBase,
): Promise<{ readonly key: string; readonly path: string }> {
	const folder = options.folder ?? chooseFolder();
	const script = join(import.meta.dirname, recipe.script);
	const packages = readFileSync(join(import.meta.dirname, 'supervisor-packages.txt'), 'utf8').trim();
	const key = createHash('sha256')
		.update([readFileSync(script, 'utf8'), packages, MIRROR, SUITE, ...recipe.versions].join('\n'))
		.digest('hex')
		.slice(0, 12);
	const path = join(folder, `${recipe.prefix}${key}`);
	if (existsSync(path)) return { key, path };
	await ensureDebootstrap({ log: options.log });
	mkdirSync(folder, { recursive: true });
	// Another dindctl may make the same one.
	await runExclusively(folder, async () => {
		if (existsSync(path)) return;
		await buildBase(path, [script, `${path}.new`, MIRROR, SUITE, packages, ...recipe.args], options);
		removeFormer(folder, { prefix: recipe.prefix, key });
	});
	return { key, path };
}

/** Bases of former recipes are of no use to anyone. */
function removeFormer(folder: string, present: { readonly prefix: string; readonly key: string }): void {
	for (const name of readdirSync(folder)) {
		const { prefix, key } = /^(?<prefix>.*-)?(?<key>[0-9a-f]{12})/.exec(name)?.groups ?? {};
		if ((prefix ?? '') !== present.prefix || key === undefined || key === present.key) continue;
		rmSync(join(folder, name), { recursive: true, force: true });
	}
}

function chooseFolder(): string {
	const base = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state');
	return join(base, 'dindctl-os');
}

async function buildBase(path: string, command: readonly string[], options: EnsureBase): Promise<void> {
	const building = `${path}.new`;
	rmSync(building, { recursive: true, force: true });
	mkdirSync(building, { recursive: true });
	try {
		await runRecipe(command, options);
	} catch (cause) {
		options.signal.throwIfAborted();
		const log = readLog(join(building, 'build.log'));
		const reason = log.findLast((line) => /^E: |rror/.test(line)) ?? log.at(-1) ?? 'it left no message';
		const remedy = `Make sure that ${MIRROR} can be reached and repeat`;
		throw new DeviceError(`The base of the image could not be made: ${reason}`, remedy, { cause });
	} finally {
		rmSync(join(building, 'root'), { recursive: true, force: true });
		if (!existsSync(join(building, 'done'))) rmSync(building, { recursive: true, force: true });
	}
	renameSync(building, path);
}

/** In a mount namespace of its own: what debootstrap leaves mounted after an interruption ends with it. */
async function runRecipe(args: readonly string[], options: EnsureBase): Promise<void> {
	const inside = ['--mount', '--pid', '--fork', '--kill-child', 'sh', ...args];
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
