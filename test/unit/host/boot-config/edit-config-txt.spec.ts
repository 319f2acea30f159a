import { expect } from 'chai';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootVariablesOf, CONFIG_TXT } from '../../../../src/host/index.ts';
import { applied, compare, valueOf } from './boot-values.ts';

const CORPUS = join(import.meta.dirname, '../../../fixtures/boot-files/config-txt');
const FILES = readdirSync(CORPUS).map((name) => [name, readFileSync(join(CORPUS, name), 'utf8')] as const);
const BOARDS = ['raspberrypi3-64', 'raspberrypi4-64', 'raspberrypicm4-ioboard', 'raspberrypi5', 'raspberry-pi'];

/** The variables of what is in force, with another value for one. */
function changed(text: string, variables: Readonly<Record<string, string>>, board: string) {
	const present = bootVariablesOf(CONFIG_TXT, valueOf(CONFIG_TXT.parse(text, board)));
	return applied(CONFIG_TXT, text, { ...present, ...variables }, board) ?? '';
}

const linesOf = (text: string) => text.split(/(?<=\r\n|\n|\r(?!\n))/);
const isOf = (option: string) => (line: string) => new RegExp(`^\\uFEFF?\\s*${option}[=\\s]`).test(line);

describe('config.txt is edited line by line (decision D16)', () => {
	for (const [name, text] of FILES) {
		it(`${name}: a target that asks for what is there changes no byte`, () => {
			for (const board of BOARDS) {
				const present = bootVariablesOf(CONFIG_TXT, valueOf(CONFIG_TXT.parse(text, board)));
				const compared = valueOf(compare(CONFIG_TXT, text, present, board));
				expect([compared.isChanged, compared.content]).to.deep.equal([false, text]);
			}
		});

		it(`${name}: one variable changes its own lines, and no other`, () => {
			for (const board of BOARDS) {
				const after = changed(text, { HOST_CONFIG_gpu_mem: '123' }, board);
				const others = (content: string) =>
					linesOf(content)
						.filter((line) => !isOf('gpu_mem')(line))
						.map((line) => line.replace(/[\r\n]+$/, ''));
				const kept = others(after);
				// A section that holds everywhere may be opened at the end, for a line that was not there.
				expect(kept.at(-1) === '[all]' ? kept.slice(0, others(text).length) : kept).to.deep.equal(others(text));
				expect(valueOf(CONFIG_TXT.parse(after, board))['gpu_mem']).to.equal('123');
			}
		});
	}

	const board = 'raspberrypi4-64';
	for (const [what, text, variables, expected] of [
		['a changed value stays in its line', '# a\ngpu_mem=64\nb=1\n', { gpu_mem: '16' }, '# a\ngpu_mem=16\nb=1\n'],
		['the last line of an option counts', 'a=1\na=2\n', { a: '3' }, 'a=1\na=3\n'],
		['a new option comes last', 'a=1\n# end\n', { b: '2' }, 'a=1\n# end\nb=2\n'],
		['a new option ends the filter above it', '[pi3]\na=1\n', { b: '2' }, '[pi3]\na=1\n[all]\nb=2\n'],
		['line ends stay, also of a last line without one', 'a=1\r\nb=1', { c: '1' }, 'a=1\r\nb=1\r\nc=1\r\n'],
		['a filter of this board is outdone below it', '[pi4]\na=1\n', { a: '2' }, '[pi4]\na=1\n[all]\na=2\n'],
		['a filter of this board may do already', 'a=1\n[pi4]\na=2\n', { a: '2' }, 'a=1\n[pi4]\na=2\n'],
		[
			'an item of a list is changed in its place',
			'gpio=1=a\n# x\ngpio=2=b\n',
			{ gpio: '"1=a","2=c"' },
			'gpio=1=a\n# x\ngpio=2=c\n',
		],
		['an item of a list is removed', 'gpio=1\n# x\ngpio=2\ngpio=3\n', { gpio: '"1","3"' }, 'gpio=1\n# x\ngpio=3\n'],
		[
			'a parameter of the board is changed in its line',
			'dtparam=spi=on,audio=on\n',
			{ dtparam: '"spi=on","audio=off"' },
			'dtparam=spi=on,audio=off\n',
		],
		[
			'a further parameter comes after the last',
			'dtparam=spi=on\n# x\na=1\n',
			{ dtparam: '"spi=on","x"' },
			'dtparam=spi=on\ndtparam=x\n# x\na=1\n',
		],
		[
			'a parameter of the board does not fall to an overlay',
			'# x\ndtoverlay=o\n',
			{ dtparam: 'x' },
			'# x\ndtparam=x\ndtoverlay=o\n',
		],
		[
			'an overlay is changed in its place',
			'dtoverlay=a\n# b\ndtoverlay=b,x=1\ndtparam=y=1\ndtoverlay=c\n',
			{ dtoverlay: '"a","b,x=2","c"' },
			'dtoverlay=a\n# b\ndtoverlay=b\ndtparam=x=2\ndtoverlay=c\n',
		],
		[
			'an overlay goes with its parameters, not with those of the board',
			'dtoverlay=a,x\ndtparam=y,audio=on\ndtoverlay=b\n',
			{ dtoverlay: '"b"' },
			'dtparam=audio=on\ndtoverlay=b\n',
		],
		[
			'a further overlay comes last',
			'dtoverlay=a\n[pi3]\ndtparam=z\n',
			{ dtoverlay: '"a","b,x"' },
			'dtoverlay=a\n[pi3]\ndtparam=z\n[all]\ndtoverlay=b\ndtparam=x\n',
		],
		['a protected option is not moved', 'kernel=a.img\ngpu_mem=1\n', { gpu_mem: '2' }, 'kernel=a.img\ngpu_mem=2\n'],
	] as const) {
		it(what, () => {
			const target = Object.fromEntries(
				Object.entries(variables).map(([name, value]) => [`HOST_CONFIG_${name}`, value]),
			);
			expect(changed(text, target, board)).to.equal(expected);
		});
	}

	it('a protected option stays, also when no target asks for it', () => {
		const text = '# mine\nkernel=kernel8.img\ninitramfs a.img followkernel\ngpu_mem=64\n';
		expect(applied(CONFIG_TXT, text, {}, board)).to.equal('# mine\nkernel=kernel8.img\ninitramfs a.img followkernel\n');
	});

	it('reads what this board has in force, and nothing of other boards, screens or serial numbers', () => {
		const text = readFileSync(join(CORPUS, 'combined-filters.txt'), 'utf8');
		const modeOn = (type: string) => valueOf(CONFIG_TXT.parse(text, type));
		expect(modeOn('raspberrypi4-64')).to.deep.equal({ hdmi_mode: '16', gpu_mem: '64' });
		expect(valueOf(CONFIG_TXT.parse('a=1\n[pi3]\na=2\n[pi4]\na=3\n[0x12]\na=4\n', 'raspberrypi3'))).to.deep.equal({
			a: '2',
		});
	});

	it('any file and any change: every other line stays, in its order', () => {
		const line = fc.oneof(
			fc.stringMatching(/^[a-z0-9 #=[\],._-]{0,12}$/),
			fc.constantFrom(
				'[all]',
				'[pi4]',
				'[pi3]',
				'[none]',
				'# x',
				'a=1',
				'gpu_mem=1',
				'include b',
				'kernel=k',
				'dtoverlay=o',
			),
		);
		const end = fc.constantFrom('\n', '\r\n', '\r');
		const text = fc.array(fc.tuple(line, end), { maxLength: 12 }).map((lines) => lines.flat().join(''));
		fc.assert(
			fc.property(text, fc.constantFrom('1', '2', ''), (before, value) => {
				const after = changed(before, { HOST_CONFIG_gpu_mem: value }, board);
				const others = (content: string) =>
					linesOf(content).filter((each) => each !== '' && !/^\s*gpu_mem=/.test(each));
				expect(others(after).slice(0, others(before).length)).to.deep.equal(others(before));
			}),
			{ numRuns: 1000 },
		);
	});
});
