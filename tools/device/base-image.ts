import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceError } from './device-error.ts';
import { findCommand } from './install-packages.ts';
import { runDocker } from './run-docker.ts';

const NAME = 'device-base:latest';

/** Makes the image all others start from: one static program with a shell and the usual commands. Idempotent. */
export async function importBaseImage(socketPath: string): Promise<{ readonly name: string }> {
	const existing = await runDocker(socketPath, ['images', '--quiet', NAME]);
	if (existing.trim() !== '') return { name: NAME };
	const folder = mkdtempSync(join(tmpdir(), 'base-image-'));
	try {
		layOutFiles(folder);
		// Same bytes on every machine and day, so the layer keeps its digest.
		const order = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
		const archive = spawn('tar', ['--create', ...order, '--directory', folder, '.'], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const changes = ['--change', 'CMD ["sh"]', '--change', 'ENV PATH=/bin'];
		await runDocker(socketPath, ['import', ...changes, '-', NAME], { input: archive.stdout });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	return { name: NAME };
}

function layOutFiles(folder: string): void {
	const busybox = findCommand('busybox');
	if (busybox === undefined) throw new DeviceError('There is no busybox', 'Install the package busybox-static');
	for (const name of ['bin', 'etc', 'tmp', 'root', 'var', 'data']) mkdirSync(join(folder, name));
	copyFileSync(busybox, join(folder, 'bin/busybox'));
	for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n')) {
		const link = join(folder, 'bin', applet);
		if (applet !== '' && !existsSync(link)) symlinkSync('busybox', link);
	}
	writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
	writeFileSync(join(folder, 'etc/group'), 'root:x:0:\n');
}
