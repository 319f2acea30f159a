import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Gives each core an endless loop. They end with the test, however that one ends, or by the function returned. */
export async function keepCoresBusy(count = availableParallelism()): Promise<() => Promise<void>> {
	const loop = ['--pdeathsig', 'KILL', '--', 'sh', '-c', 'while :; do :; done'];
	const children = Array.from({ length: count }, () => spawn('setpriv', loop, { stdio: 'ignore' }));
	await Promise.all(children.map((child) => once(child, 'spawn')));
	return async () => {
		const ended = children.map((child) => once(child, 'exit'));
		for (const child of children) child.kill('SIGKILL');
		await Promise.all(ended);
	};
}
