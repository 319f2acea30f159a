import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { RealEngine } from '../../support/real-engine.ts';

/** As after a removal that the disk refused: the engine shows the container as dead, and its remains can be removed. */
export async function killForGood(engine: RealEngine, containerId: string): Promise<void> {
	const root = (await engine.docker('info', '--format', '{{.DockerRootDir}}')).trim();
	const file = join(root, 'containers', containerId, 'hostconfig.json');
	execFileSync('chattr', ['+i', file]);
	try {
		await engine.docker('rm', '--force', containerId).then(
			() => {
				throw new Error('the engine has removed an immutable file');
			},
			() => undefined, // as it should
		);
	} finally {
		execFileSync('chattr', ['-i', file]);
	}
}
