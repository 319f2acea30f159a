import { SystemClock } from '../../../src/adapters/system/system-clock.ts';
import { DockerEngine } from '../../../src/adapters/docker/index.ts';
import { engineContract } from '../../contract/engine.contract.ts';
import { requireEngine } from '../../support/real-engine.ts';
import { createTokenRegistry } from '../../support/token-registry.ts';

engineContract('real', async () => {
	const real = await requireEngine();
	const reference = await real.pushImage('contract', { command: ['sleep', '3600'] });
	const registry = await createTokenRegistry(real);
	await registry.start();
	const clock = new SystemClock();
	const engine = new DockerEngine({ host: real.host, clock, readTimeoutMs: 30_000 });
	return {
		engine,
		reference,
		guarded: { reference: registry.reference(reference), token: registry.makeToken('v2/contract') },
		eventually: real.eventually,
		run: (call) => call,
		pause: async (containerId) => {
			await real.docker('pause', containerId);
		},
		dispose: async () => {
			await registry.stop();
			await real.dispose();
		},
	};
});
