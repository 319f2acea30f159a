import { expect } from 'chai';
import { bootOptionsOf, bootVariablesOf, CONFIG_TXT, EXTLINUX, EXTRA_UENV } from '../../../../src/host/index.ts';
import { compare, messageOf, valueOf } from './boot-values.ts';

describe('comparing boot configuration with a target', () => {
	it('host #17: a changed variable needs a reboot, an equal target needs none', () => {
		const changed = valueOf(compare(CONFIG_TXT, 'gpu_mem=16\n', { HOST_CONFIG_gpu_mem: '32' }));
		expect([changed.isChanged, changed.needsReboot]).to.deep.equal([true, true]);
		const equal = valueOf(compare(CONFIG_TXT, '# mine\ngpu_mem=16\n', { HOST_CONFIG_gpu_mem: '16' }));
		expect([equal.isChanged, equal.needsReboot]).to.deep.equal([false, false]);
	});

	it('host #17: what a comparison finds is what is to be written', () => {
		expect(valueOf(compare(CONFIG_TXT, 'a=1\nb=1\n', { HOST_CONFIG_b: '2', OTHER: 'x' }))).to.deep.equal({
			current: { a: '1', b: '1' },
			asked: { b: '2' },
			options: { b: '2' },
			content: 'b=2\n',
			isChanged: true,
			needsReboot: true,
		});
	});

	it('the order of a list counts, the order of options does not', () => {
		const existing = 'a=1\nb=2\ngpio=1\ngpio=2\n';
		const target = { HOST_CONFIG_gpio: '"1","2"', HOST_CONFIG_b: '2', HOST_CONFIG_a: '1' };
		expect(valueOf(compare(CONFIG_TXT, existing, target)).isChanged).to.be.false;
		const swapped = { ...target, HOST_CONFIG_gpio: '"2","1"' };
		expect(valueOf(compare(CONFIG_TXT, existing, swapped)).isChanged).to.be.true;
	});

	it('an option that may not be changed is accepted as it is', () => {
		const existing = 'DEFAULT a\nLABEL a\n\tAPPEND ro\n';
		const parse = (content: string | undefined) =>
			content === existing ? ({ ok: true, value: { foo: '1' }, warnings: [] } as const) : EXTLINUX.parse(content);
		const backend = { ...EXTLINUX, parse };
		expect(valueOf(compare(backend, existing, { HOST_EXTLINUX_foo: '1' })).isChanged).to.be.false;
		expect(messageOf(compare(backend, existing, { HOST_EXTLINUX_foo: '2' }))).to.equal(
			'Attempt to change blacklisted config value foo',
		);
	});

	it('content that cannot be read gives a warning, and is not overwritten', () => {
		expect(messageOf(compare(EXTRA_UENV, undefined, {}))).to.equal(
			'Could not find extra_uEnv file. Device is possibly bricked',
		);
	});

	it('a variable without a value is an empty text', () => {
		const variables = { HOST_CONFIG_a: undefined, HOST_CONFIG_gpio: undefined, SUPERVISOR_DELTA: 'true' };
		expect(valueOf(bootOptionsOf(CONFIG_TXT, variables))).to.deep.equal({ a: '', gpio: [''] });
	});

	it('several values are a JSON list without brackets', () => {
		expect(bootVariablesOf(CONFIG_TXT, { gpio: ['8="x"', 'a'], dtparam: [], a: '1' })).to.deep.equal({
			HOST_CONFIG_gpio: '"8=\\"x\\"","a"',
			HOST_CONFIG_dtparam: '',
			HOST_CONFIG_a: '1',
		});
	});
});
