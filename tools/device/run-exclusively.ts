import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DeviceError } from './device-error.ts';

/**
 * Runs it while holding the lock of that folder, so that no other process on this machine does. The lock is flock's: the
 * kernel releases it when the process ends in any way, and no file stays.
 */
export async function runExclusively<T>(folder: string, run: () => Promise<T>): Promise<T> {
	// It says when it has the lock, and keeps it until its input ends, as it does with us.
	const holder = spawn('flock', [folder, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
	const ended = once(holder, 'close');
	try {
		const [answer] = (await Promise.race([once(holder.stdout, 'data'), ended])) as [unknown];
		if (String(answer) !== 'held\n')
			throw new DeviceError(`The folder ${folder} cannot be locked`, 'See what flock says');
		return await run();
	} finally {
		holder.stdin.end();
		await ended.catch(() => undefined); // it could not be started, which was said above
	}
}
