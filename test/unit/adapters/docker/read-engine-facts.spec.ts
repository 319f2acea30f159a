import { expect } from 'chai';
import { parseEngineFacts } from '../../../../src/adapters/docker/read-engine-facts.ts';

describe('what an engine says of itself', () => {
	it('is read from its version and its description', () => {
		const version = { Version: '20.10.43', ApiVersion: '1.41', Platform: { Name: '' } };
		const info = {
			Driver: 'overlay2',
			CgroupVersion: '2',
			MemoryLimit: true,
			SwapLimit: false,
			Runtimes: { runc: {}, nvidia: {} },
			CDISpecDirs: ['/etc/cdi'],
		};
		expect(parseEngineFacts(version, info)).to.deep.equal({
			version: '20.10.43',
			apiVersion: '1.41',
			storageDriver: 'overlay2',
			cgroupVersion: '2',
			limitsMemory: true,
			limitsSwap: false,
			gpuSources: ['nvidia', 'CDI /etc/cdi'],
		});
	});

	it('is unknown where it is left out or of another type', () => {
		const unknown = {
			version: undefined,
			apiVersion: undefined,
			storageDriver: undefined,
			cgroupVersion: undefined,
			limitsMemory: undefined,
			limitsSwap: undefined,
			gpuSources: [],
		};
		for (const answer of [
			null,
			'OK',
			{},
			{ Version: 1, Driver: '', Runtimes: null, CDISpecDirs: 'x', SwapLimit: 'no' },
		]) {
			expect(parseEngineFacts(answer, answer)).to.deep.equal(unknown);
		}
	});
});
