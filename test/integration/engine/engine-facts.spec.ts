import { expect } from 'chai';
import { readEngineFacts } from '../../../src/adapters/docker/index.ts';
import { EngineError } from '../../../src/ports/engine.ts';
import { requireEngine } from '../../support/real-engine.ts';
import { rejectionOf } from '../../unit/adapters/sqlite/raw-database.ts';

describe('what a real engine says of itself', () => {
	it('is read as docker itself shows it', async () => {
		const real = await requireEngine();
		try {
			const shown = await real.docker('version', '--format', '{{.Server.Version}} {{.Server.APIVersion}}');
			const described = await real.docker(
				'info',
				'--format',
				'{{.Driver}} {{.CgroupVersion}} {{.MemoryLimit}} {{.SwapLimit}}',
			);
			const facts = await readEngineFacts(real.host);
			const { version, apiVersion, storageDriver, cgroupVersion, limitsMemory, limitsSwap } = facts;
			expect(`${version} ${apiVersion}`).to.equal(shown.trim());
			expect(`${storageDriver} ${cgroupVersion} ${limitsMemory} ${limitsSwap}`).to.equal(described.trim());
		} finally {
			await real.dispose();
		}
	});

	it('cannot be read where there is none', async () => {
		expect(await rejectionOf(readEngineFacts('unix:///nowhere/docker.sock'))).to.be.instanceOf(EngineError);
	});
});
