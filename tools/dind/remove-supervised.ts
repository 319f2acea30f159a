import { runDocker } from '../device/index.ts';

const LABEL = 'label=io.balena.supervised';

/** Removes what a supervisor made on an engine that stays. */
export async function removeSupervised(socketPath: string): Promise<void> {
	const list = async (...args: readonly string[]) =>
		(await runDocker(socketPath, [...args, '--quiet', '--filter', LABEL])).split('\n').filter((id) => id !== '');
	const containers = await list('ps', '--all');
	if (containers.length > 0) await runDocker(socketPath, ['rm', '--force', '--volumes', ...containers]);
	const networks = await list('network', 'ls');
	if (networks.length > 0) await runDocker(socketPath, ['network', 'rm', ...networks]);
	const volumes = await list('volume', 'ls');
	if (volumes.length > 0) await runDocker(socketPath, ['volume', 'rm', ...volumes]);
}
