import { execFileSync, spawn } from 'node:child_process';
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findCommand, runDocker } from '../../../tools/device/index.ts';

// What dockerd runs, and what it is run by.
const PROGRAMS = [
	...['dockerd', 'containerd', 'containerd-shim-runc-v2', 'runc', 'docker-init', 'docker-proxy'],
	...['iptables', 'ip6tables', 'modprobe', 'busybox'],
];
const APPLETS = ['sh', 'chown', 'mount', 'mkdir', 'sed', 'ps'];

/** Makes what stands in for docker:dind where no hub can be reached: this machine's own engine in an image. */
export async function importDindImage(socketPath: string, name: string): Promise<void> {
	const folder = mkdtempSync('/var/tmp/dind-image-');
	try {
		for (const path of ['bin', 'etc', 'tmp', 'run', 'var/lib', 'proc', 'sys', 'dev']) {
			mkdirSync(join(folder, path), { recursive: true });
		}
		symlinkSync('/run', join(folder, 'var/run'));
		writeFileSync(join(folder, 'etc/group'), 'root:x:0:\n');
		const programs = PROGRAMS.map(findCommand).filter((path) => path !== undefined);
		for (const path of programs) copyFileSync(path, join(folder, 'bin', basename(path)));
		for (const applet of APPLETS) symlinkSync('busybox', join(folder, 'bin', applet));
		const shared = listFirewallPlugins();
		for (const path of new Set([...shared, ...[...programs, ...shared].flatMap(listLibraries)])) {
			mkdirSync(join(folder, dirname(path)), { recursive: true });
			copyFileSync(path, join(folder, path));
		}
		const archive = spawn('tar', ['--create', '--directory', folder, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
		const changes = ['--change', 'ENV PATH=/bin'];
		await runDocker(socketPath, ['import', ...changes, '-', name], { input: archive.stdout });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function listFirewallPlugins(): readonly string[] {
	const folders = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/xtables`);
	return folders
		.filter((folder) => existsSync(folder))
		.flatMap((folder) => {
			return readdirSync(folder)
				.filter((name) => name.endsWith('.so'))
				.map((name) => `${folder}/${name}`);
		});
}

function listLibraries(program: string): readonly string[] {
	try {
		const lines = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n');
		return lines.map((line) => /(\/\S+) \(0x/.exec(line)?.[1]).filter((path) => path !== undefined);
	} catch {
		return []; // it needs none
	}
}
