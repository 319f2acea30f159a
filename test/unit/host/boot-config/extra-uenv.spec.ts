import { expect } from 'chai';
import { EXTRA_UENV } from '../../../../src/host/index.ts';
import { applied, compare, messageOf, valueOf, warningsOf } from './boot-values.ts';

const EXISTING = `extra_os_cmdline=rootwait isolcpus=3,4
extra_os_firmware_class_path=firmware_class.path=/x
`;

describe('extra_uEnv.txt', () => {
	it('host #12: the example of the specification, in which other words of the kernel stay (decision D16)', () => {
		const target = { HOST_EXTLINUX_isolcpus: '2', HOST_EXTLINUX_fdt: '/boot/a.dtb' };
		expect(applied(EXTRA_UENV, EXISTING, target)).to.equal(`extra_os_cmdline=rootwait isolcpus=2
extra_os_firmware_class_path=firmware_class.path=/x
custom_fdt_file=/boot/a.dtb
`);
	});

	it('host #12: without options only foreign keys and words are left', () => {
		expect(applied(EXTRA_UENV, EXISTING, {})).to.equal(EXISTING.replace(' isolcpus=3,4', ''));
		expect(applied(EXTRA_UENV, 'custom_fdt_file=a\n', {})).to.equal('');
	});

	it('comments do not count', () => {
		const text = 'a=1\n# words\n# custom_fdt_file=no.dtb\n  #extra_os_cmdline=isolcpus=1\ncustom_fdt_file=yes.dtb\n';
		const parsed = EXTRA_UENV.parse(text);
		expect(valueOf(parsed)).to.deep.equal({ fdt: 'yes.dtb' });
		expect(warningsOf(parsed)).to.deep.equal([]);
		expect(applied(EXTRA_UENV, text, {}), 'they stay').to.equal(text.replace('custom_fdt_file=yes.dtb\n', ''));
	});

	it('a line without a meaning gives a warning', () => {
		expect(warningsOf(EXTRA_UENV.parse('nonsense line\n'))).to.deep.equal([
			'Could not read extra_uEnv entry: nonsense line',
		]);
	});

	it('the first of two counts, and is the only one afterwards', () => {
		const existing = 'custom_fdt_file=a\nb=1\ncustom_fdt_file=c\nb=2\n';
		expect(valueOf(EXTRA_UENV.parse(existing))).to.deep.equal({ fdt: 'a' });
		expect(applied(EXTRA_UENV, existing, { HOST_EXTLINUX_fdt: 'd' })).to.equal('custom_fdt_file=d\nb=1\nb=2\n');
	});

	it('a missing file gives a warning when read, and is created when written', () => {
		expect(messageOf(EXTRA_UENV.parse(undefined))).to.equal(
			'Could not find extra_uEnv file. Device is possibly bricked',
		);
		expect(valueOf(EXTRA_UENV.serialise({ fdt: 'a', isolcpus: '' }, undefined))).to.equal(
			'custom_fdt_file=a\nextra_os_cmdline=isolcpus\n',
		);
	});

	it('other options are refused in a target, and left out with a warning in writing', () => {
		expect(messageOf(compare(EXTRA_UENV, '', { HOST_EXTLINUX_foo: '1' }))).to.equal(
			'Attempt to change blacklisted config value foo',
		);
		const written = EXTRA_UENV.serialise({ foo: '1' }, 'a=1\n');
		expect(valueOf(written)).to.equal('a=1\n');
		expect(warningsOf(written)).to.deep.equal(['Not setting unsupported value: { foo: 1 }']);
	});

	it('refuses a value that would set another word of the kernel', () => {
		const refused = compare(EXTRA_UENV, EXISTING, { HOST_EXTLINUX_isolcpus: '1 init=/bin/sh' });
		expect(messageOf(refused)).to.match(/^One of the values being set contains an invalid character/);
	});

	it('refuses a line break', () => {
		expect(messageOf(compare(EXTRA_UENV, '', { HOST_EXTLINUX_fdt: 'a\nbootcmd=x' }))).to.equal(
			'The value of fdt contains a line break',
		);
	});
});
