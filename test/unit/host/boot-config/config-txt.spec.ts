import { expect } from 'chai';
import { CONFIG_TXT } from '../../../../src/host/index.ts';
import { applied, compare, messageOf, readVariables, valueOf, warningsOf } from './boot-values.ts';

function read(...lines: readonly string[]) {
	return valueOf(CONFIG_TXT.parse(lines.join('\n')));
}

const EXAMPLE = {
	HOST_CONFIG_dtparam: '"i2c_arm=on","audio=off"',
	HOST_CONFIG_dtoverlay: '"vc4-kms-v3d","ads1015,addr=0x48,cha_enable=true"',
	HOST_CONFIG_gpu_mem: '32',
};
const EXAMPLE_FILE = `dtparam=i2c_arm=on
dtparam=audio=off
gpu_mem=32
dtoverlay=vc4-kms-v3d
dtoverlay=ads1015
dtparam=addr=0x48
dtparam=cha_enable=true
`;

describe('config.txt', () => {
	it('host #3: comments, CRLF and a ramdisk are understood, and a section is no longer warned of (decision D16)', () => {
		const parsed = CONFIG_TXT.parse('# a\r\n  # b\r\n\r\n[all]\r\ngpu_mem=16\r\ninitramfs x 0x1\r\nhdmi_mode:1=4\r\n');
		expect(valueOf(parsed)).to.deep.equal({ gpu_mem: '16', initramfs: 'x 0x1', 'hdmi_mode:1': '4' });
		expect(warningsOf(parsed)).to.deep.equal([]);
	});

	it('host #4: a parameter of the board is no parameter of the overlay above it', () => {
		expect(read('dtoverlay=ads1015', 'dtparam=audio=on,foo=1')).to.deep.equal({
			dtparam: ['audio=on'],
			dtoverlay: ['ads1015,foo=1'],
		});
	});

	it('host #5: an overlay without a name goes back to the board', () => {
		expect(read('dtoverlay=a', 'dtoverlay=', 'dtparam=x=on')).to.deep.equal({ dtparam: ['x=on'], dtoverlay: ['a'] });
	});

	it('what follows an overlay without a name comes after the other parameters of the board', () => {
		expect(read('dtoverlay=', 'dtparam=x', 'dtoverlay=a', 'dtparam=spi=on')).to.deep.equal({
			dtparam: ['spi=on', 'x'],
			dtoverlay: ['a'],
		});
	});

	it('host #6: an overlay that is loaded twice stays two', () => {
		expect(read('dtoverlay=ads1015', 'dtparam=a', 'dtoverlay=ads1015,b').dtoverlay).to.deep.equal([
			'ads1015,a',
			'ads1015,b',
		]);
	});

	it('host #7: the example of the specification is written byte for byte and reads back the same', () => {
		expect(applied(CONFIG_TXT, undefined, EXAMPLE)).to.equal(EXAMPLE_FILE);
		expect(applied(CONFIG_TXT, 'start_x=1\n# stays\n', EXAMPLE), 'decision D16').to.equal(`# stays\n${EXAMPLE_FILE}`);
		expect(readVariables(CONFIG_TXT, EXAMPLE_FILE)).to.deep.equal(EXAMPLE);
	});

	it("host #8: a Fin's own overlay needs no variable", () => {
		const existing = 'dtoverlay=test\ndtoverlay=balena-fin\n';
		const target = { HOST_CONFIG_dtoverlay: '"test"' };
		expect(valueOf(compare(CONFIG_TXT, existing, target, 'fincm3')).isChanged).to.be.false;
		expect(valueOf(compare(CONFIG_TXT, existing, target, 'raspberrypi3')).isChanged).to.be.true;
		expect(applied(CONFIG_TXT, '', { HOST_CONFIG_dtoverlay: '' }, 'fincm3')).to.equal('dtoverlay=balena-fin\n');
	});

	it("a Fin's overlay with parameters is not loaded again", () => {
		const target = { HOST_CONFIG_dtoverlay: 'balena-fin,x=1' };
		expect(applied(CONFIG_TXT, '', target, 'fincm3')).to.equal('dtoverlay=balena-fin\ndtparam=x=1\n');
	});

	it('host #9: the ramdisk cannot be changed, and does not keep others from being changed', () => {
		const existing = 'initramfs x 0x1\ngpu_mem=1\n';
		const changed = compare(CONFIG_TXT, existing, { HOST_CONFIG_initramfs: 'y' });
		expect(messageOf(changed)).to.equal('Attempt to change blacklisted config value initramfs');
		const kept = { HOST_CONFIG_initramfs: 'x 0x1', HOST_CONFIG_gpu_mem: '2' };
		expect(applied(CONFIG_TXT, existing, kept)).to.equal('initramfs x 0x1\ngpu_mem=2\n');
	});

	it('a ramdisk with = in its name is still a ramdisk', () => {
		expect(read('initramfs a=b 0x1')).to.deep.equal({ initramfs: 'a=b 0x1' });
	});

	it('what is forbidden stays without its variable (decision D16)', () => {
		const existing = 'kernel=a\ngpu_mem=1\n';
		expect(applied(CONFIG_TXT, existing, { HOST_CONFIG_gpu_mem: '1' })).to.equal(existing);
	});

	for (const [text, values] of [
		['  "a","b"  ', ['a', 'b']],
		[' "a" , "b" ', ['a', 'b']],
		[' a ', ['a']],
		['a,b=1', ['a,b=1']],
		['"a",1,true', ['a', '1', 'true']],
		['', ['']],
	] as const) {
		it(`host #10: ${JSON.stringify(text)} is the list ${values.join(' | ')}`, () => {
			expect(valueOf(CONFIG_TXT.parseValue('dtparam', text))).to.deep.equal(values);
		});
	}

	for (const text of ['"a","b', '"a",{}', '"a",null', '"a"]']) {
		it(`refuses ${text} as a list, in words`, () => {
			const refused = compare(CONFIG_TXT, '', { HOST_CONFIG_gpio: text });
			expect(messageOf(refused)).to.equal(`The value of gpio is not a list of quoted texts: ${text}`);
		});
	}

	it('config #31: what is set by hand is a variable of the device', () => {
		expect(readVariables(CONFIG_TXT, 'gpu_mem=64\n')).to.deep.equal({ HOST_CONFIG_gpu_mem: '64' });
	});

	it('leading blanks are not part of an option', () => {
		expect(read(' \tgpu_mem=64 ')).to.deep.equal({ gpu_mem: '64 ' });
	});

	for (const line of ['garbage', '=1', 'initramfs']) {
		it(`ignores ${line}, with a warning`, () => {
			const parsed = CONFIG_TXT.parse(line);
			expect(valueOf(parsed)).to.deep.equal({});
			expect(warningsOf(parsed)).to.deep.equal([`Could not parse config.txt entry: ${line}. Ignoring.`]);
		});
	}

	it('a missing file has no options', () => {
		expect(valueOf(CONFIG_TXT.parse(undefined))).to.deep.equal({});
	});

	it('power mode and fan profile are not for this file', () => {
		expect(CONFIG_TXT.isBootVariable('HOST_CONFIG_power_mode')).to.be.false;
		expect(CONFIG_TXT.isBootVariable('HOST_CONFIG_fan_profile')).to.be.false;
		expect(CONFIG_TXT.isBootVariable('HOST_CONFIG_fan_profiles')).to.be.true;
	});

	it('a variable without an option is an option that can be read back', () => {
		expect(applied(CONFIG_TXT, '', { HOST_CONFIG_: 'x' })).to.equal('HOST_CONFIG_=x\n');
	});

	it('a line break cannot bring in an option that is forbidden', () => {
		const refused = compare(CONFIG_TXT, '', { HOST_CONFIG_gpu_mem: '1\nkernel=x' });
		expect(messageOf(refused)).to.equal('The value of gpu_mem contains a line break');
	});

	for (const target of [
		{ HOST_CONFIG_dtparam: 'spi=on,audio=on' },
		{ HOST_CONFIG_dtoverlay: '' },
		{ HOST_CONFIG_dtoverlay: 'x,audio=on' },
	]) {
		it(`${JSON.stringify(target)} is reached, though it reads back in another form`, () => {
			const content = applied(CONFIG_TXT, 'gpu_mem=1\n', target);
			expect(valueOf(CONFIG_TXT.parse(content))).not.to.have.property('gpu_mem');
		});
	}
});
