import { expect } from 'chai';
import { EXTLINUX } from '../../../../src/host/index.ts';
import { applied, compare, messageOf, valueOf } from './boot-values.ts';

const FILE = `# made by hand
DEFAULT primary
TIMEOUT 30

MENU TITLE Boot Options
LABEL recovery
    LINUX /Rescue
    FDT /rescue.dtb
    APPEND quiet isolcpus=1
LABEL primary
    MENU LABEL primary Image
    # FDT /commented.dtb
    LINUX /Image
    APPEND ro rootwait
`;
/** All but the command line, the last of the file. */
const BEFORE_APPEND = FILE.replace('    APPEND ro rootwait\n', '');
const BOTH = { HOST_EXTLINUX_isolcpus: '0,4', HOST_EXTLINUX_fdt: '/my.dtb' };

describe('extlinux.conf', () => {
	it('host #11: both options go to the default label, and no other byte changes (decision D16)', () => {
		const content = applied(EXTLINUX, FILE, BOTH);
		expect(content).to.equal(`${BEFORE_APPEND}    APPEND ro rootwait isolcpus=0,4\n    FDT /my.dtb\n`);
		const next = applied(EXTLINUX, content, { ...BOTH, HOST_EXTLINUX_fdt: '/other.dtb' });
		expect(next).to.equal(`${BEFORE_APPEND}    APPEND ro rootwait isolcpus=0,4\n    FDT /other.dtb\n`);
	});

	for (const [what, text, message] of [
		['no file', undefined, 'Could not find extlinux file. Device is possibly bricked'],
		['no default', 'LABEL a\nAPPEND b\n', 'Could not find default entry for extlinux.conf file'],
		['an unknown label', 'DEFAULT b\nLABEL a\n', 'Cannot find label entry (label: b) for extlinux.conf file'],
		['no command line', 'DEFAULT a\nLABEL a\n', 'Could not find APPEND directive in default extlinux.conf boot entry'],
	] as const) {
		it(`host #11: ${what} gives a warning`, () => {
			expect(messageOf(EXTLINUX.parse(text))).to.equal(message);
			expect(messageOf(compare(EXTLINUX, text, BOTH))).to.equal(message);
		});
	}

	it('host #11: a word with two = is read like any other (decision D16)', () => {
		const existing = 'DEFAULT a\nLABEL a\n\tAPPEND root=PARTUUID=1-2 rw  isolcpus=1   quiet\n';
		expect(valueOf(EXTLINUX.parse(existing))).to.deep.equal({ isolcpus: '1' });
		expect(applied(EXTLINUX, existing, { HOST_EXTLINUX_isolcpus: '2' })).to.equal(existing.replace('=1   ', '=2   '));
		expect(applied(EXTLINUX, existing, {})).to.equal(existing.replace('  isolcpus=1', ''));
	});

	it('without their variables both options go, and nothing else', () => {
		const content = applied(EXTLINUX, applied(EXTLINUX, FILE, BOTH), {});
		expect(content).to.equal(FILE);
		expect(valueOf(EXTLINUX.parse(content))).to.deep.equal({});
	});

	it('an empty path leaves the device tree as it is', () => {
		const existing = applied(EXTLINUX, FILE, BOTH);
		expect(applied(EXTLINUX, existing, { ...BOTH, HOST_EXTLINUX_fdt: '' })).to.equal(existing);
	});

	it('a directive that is there twice counts as the last one says, and both go without their variable', () => {
		const existing = 'DEFAULT a\nLABEL a\nFDT /1\nAPPEND ro\nFDT /2\n';
		expect(valueOf(EXTLINUX.parse(existing))).to.deep.equal({ fdt: '/2' });
		expect(applied(EXTLINUX, existing, { HOST_EXTLINUX_fdt: '/3' })).to.equal(
			'DEFAULT a\nLABEL a\nFDT /1\nAPPEND ro\nFDT /3\n',
		);
		expect(applied(EXTLINUX, existing, {})).to.equal('DEFAULT a\nLABEL a\nAPPEND ro\n');
	});

	for (const isolcpus of ['a=b', '1 init=/bin/sh']) {
		it(`refuses isolcpus ${isolcpus}`, () => {
			expect(messageOf(compare(EXTLINUX, FILE, { HOST_EXTLINUX_isolcpus: isolcpus }))).to.equal(
				`One of the values being set contains an invalid character: [ value: ${isolcpus}, key: isolcpus ]`,
			);
		});
	}

	it('refuses a line break', () => {
		const refused = compare(EXTLINUX, FILE, { HOST_EXTLINUX_fdt: '/a\nLINUX /other' });
		expect(messageOf(refused)).to.equal('The value of fdt contains a line break');
	});

	it('knows no other options', () => {
		expect(messageOf(compare(EXTLINUX, FILE, { HOST_EXTLINUX_foo: '1' }))).to.equal(
			'Attempt to change blacklisted config value foo',
		);
	});
});
