import { runDocker } from '../device/index.ts';

const LABEL = 'label=io.balena.supervised';

/** Removes what a supervisor made on an engine that stays. */
export async function removeSupervised(socketPath: string): Promise<void> {
	const list = async (...args: readonly string[]) =>
		(await runDocker(socketPath, [...args, '--quiet', '--filter', LABEL])).split('\n').filter((id) => id !== '');
	const containers = await list('ps', '--all');
	const anonymous = await listAnonymousVolumes(socketPath);
	if (containers.length > 0) await runDocker(socketPath, ['rm', '--force', '--volumes', ...containers]);
	const networks = await list('network', 'ls');
	if (networks.length > 0) await runDocker(socketPath, ['network', 'rm', ...networks]);
	const volumes = await list('volume', 'ls');
	if (volumes.length > 0) await runDocker(socketPath, ['volume', 'rm', ...volumes]);
	// Those that went over from one container to the next are not taken for its own.
	const left = (await runDocker(socketPath, ['volume', 'ls', '--quiet'])).split('\n');
	const kept = anonymous.filter((name) => left.includes(name));
	if (kept.length > 0) await runDocker(socketPath, ['volume', 'rm', ...kept]);
}

/** Lists all containers of a supervisor: unlike a request by id, it does not fail if one is removed meanwhile. */
async function listAnonymousVolumes(socketPath: string): Promise<readonly string[]> {
	const args = ['ps', '--all', '--no-trunc', '--filter', LABEL, '--format', '{{.Mounts}}'];
	const names = (await runDocker(socketPath, args)).split(/[\s,]+/);
	return [...new Set(names.filter((name) => /^[0-9a-f]{64}$/.test(name)))];
}
