import { execFileSync, spawnSync } from 'node:child_process';
import {
	copyFileSync,
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { findCommand } from '../../../tools/device/index.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const STAND_INS = join(import.meta.dirname, 'stand-ins');
const APPLETS = ['awk', 'cat', 'dirname', 'env', 'grep', 'ln', 'mkdir', 'rm', 'sed'];
const APP = '/usr/src/app';

export const SHELLS = ['dash', 'busybox'] as const;

/** A device: a path of /disks, its type, parent, file system, label, label of the partition. */
export type Disk = readonly [path: string, type: string, parent: string, fs: string, label: string, partLabel: string];

interface Start {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
	/** Of the first process, and of the program that has replaced it. */
	readonly pid: number;
	readonly program: Readonly<Record<string, string>> | undefined;
	/** Calls of stand-ins that change something. */
	readonly calls: readonly string[];
}

/** A root folder with the start scripts, one of the shells, and stand-ins for what touches the machine. */
export class StartScene {
	readonly root = mkdtempSync(join(tmpdir(), 'start-'));

	constructor(shell: (typeof SHELLS)[number]) {
		for (const folder of ['bin', 'proc', 'etc', 'tmp', 'stand-ins', 'run', APP, 'mnt/root/tmp', 'mnt/state']) {
			mkdirSync(this.at(folder), { recursive: true });
		}
		this.#copyProgram('busybox');
		for (const applet of APPLETS) symlinkSync('busybox', this.at(`bin/${applet}`));
		if (shell === 'dash') this.#copyProgram('dash');
		symlinkSync(shell, this.at('bin/sh'));
		for (const name of readdirSync(STAND_INS)) copyFileSync(join(STAND_INS, name), this.at(`stand-ins/${name}`));
		for (const name of ['entry.sh', 'mount-partitions.sh'])
			copyFileSync(join(PROJECT, name), this.at(`${APP}/${name}`));
		this.write('dev/null', ''); // a file, as devices may not be made on each machine
		this.write('proc/mounts', '/dev/root / ext4 rw 0 0\n');
	}

	at(path: string): string {
		return join(this.root, path);
	}

	write(path: string, content: string): void {
		mkdirSync(dirname(this.at(path)), { recursive: true });
		writeFileSync(this.at(path), content);
	}

	read(path: string): string | undefined {
		return existsSync(this.at(path)) ? readFileSync(this.at(path), 'utf8') : undefined;
	}

	/** A link's target; `folder` or `file` of what is none; `undefined`: nothing is there. */
	what(path: string): string | undefined {
		const stat = lstatSync(this.at(path), { throwIfNoEntry: false });
		if (stat?.isSymbolicLink() === true) return `-> ${readlinkSync(this.at(path))}`;
		return stat === undefined ? undefined : stat.isDirectory() ? 'folder' : 'file';
	}

	setDisks(...disks: readonly Disk[]): void {
		this.write('disks', disks.map((disk) => `${disk.join('|')}\n`).join(''));
	}

	/** What systemd has mounted: `boot` is the unit `mnt-boot.mount`. */
	setMounts(mounts: Readonly<Record<string, string>>): void {
		const units = Object.entries(mounts).map(([name, device]) => `mnt_2d${name}_2emount|${device}\n`);
		this.write('units', units.join(''));
	}

	start(env: Readonly<Record<string, string>> = {}): Start {
		for (const name of ['calls', 'started']) rmSync(this.at(name), { force: true });
		const chroot = findCommand('chroot') ?? 'chroot';
		const run = spawnSync(chroot, [this.root, `${APP}/entry.sh`], {
			cwd: '/',
			env: { PATH: '/stand-ins:/bin', ...env },
			encoding: 'utf8',
			timeout: 20_000,
		});
		const started = this.read('started')?.trim().split('\n');
		return {
			...{ status: run.status, stdout: run.stdout.trim(), stderr: withoutModprobe(run.stderr).trim(), pid: run.pid },
			program: started && Object.fromEntries(started.map((line) => line.split(/=(.*)/s, 2) as [string, string])),
			calls: (this.read('calls') ?? '').split('\n').filter((line) => line !== ''),
		};
	}

	/** Every file, folder and link, to compare two starts. */
	list(folder = ''): readonly string[] {
		return readdirSync(this.at(folder)).flatMap((name) => {
			const path = join(folder, name);
			const what = this.what(path);
			const shown = what === 'file' ? `${path} ${readFileSync(this.at(path)).toString('base64')}` : `${path} ${what}`;
			const isOurs = ['calls', 'started', 'dev/null'].includes(path);
			return what === 'folder' ? [shown, ...this.list(path)] : isOurs ? [] : [shown];
		});
	}

	remove(): void {
		rmSync(this.root, { recursive: true });
	}

	#copyProgram(name: string): void {
		const path = findCommand(name) ?? name;
		copyFileSync(path, this.at(`bin/${name}`));
		for (const library of listLibraries(path)) {
			mkdirSync(this.at(dirname(library)), { recursive: true });
			copyFileSync(library, this.at(join(dirname(library), basename(library))));
		}
	}
}

/** The shell of busybox prefers its own modprobe to the stand-in, and that one finds no modules. */
function withoutModprobe(text: string): string {
	return text.replace(/^modprobe: .*\n/gm, '');
}

function listLibraries(program: string): readonly string[] {
	try {
		const lines = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n');
		return lines.map((line) => /(\/\S+) \(0x/.exec(line)?.[1]).filter((path) => path !== undefined);
	} catch {
		return []; // it needs none
	}
}
