import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootVariablesOf, EXTLINUX, EXTRA_UENV } from '../../../../src/host/index.ts';
import { applied, compare, valueOf } from './boot-values.ts';

const FOLDER = join(import.meta.dirname, '../../../fixtures/boot-files');
/** The lines of both options, in both files. */
const OWN = /^\uFEFF?\s*(?:append\b|fdt\b|custom_fdt_file=|extra_os_cmdline=)/i;

const linesOf = (text: string) => text.split(/(?<=\n)/);
const othersIn = (text: string) =>
	linesOf(text)
		.filter((line) => !OWN.test(line))
		.map((line) => line.replace(/\r?\n$/, ''));

for (const [folder, backend] of [
	['extlinux', EXTLINUX],
	['extra-uenv', EXTRA_UENV],
] as const) {
	describe(`${backend.name} is edited line by line (decision D16)`, () => {
		for (const name of readdirSync(join(FOLDER, folder))) {
			const text = readFileSync(join(FOLDER, folder, name), 'utf8');
			const present = bootVariablesOf(backend, valueOf(backend.parse(text)));

			it(`${name}: a target that asks for what is there changes no byte`, () => {
				const compared = valueOf(compare(backend, text, present));
				expect([compared.isChanged, compared.content]).to.deep.equal([false, text]);
			});

			it(`${name}: a changed option changes its own lines, and its own words in them`, () => {
				for (const [option, value] of [
					['fdt', '/other.dtb'],
					['isolcpus', '7'],
				] as const) {
					const after = applied(backend, text, { ...present, [`HOST_EXTLINUX_${option}`]: value }) ?? '';
					expect(othersIn(after)).to.deep.equal(othersIn(text));
					expect(valueOf(backend.parse(after))).to.deep.equal({ ...valueOf(backend.parse(text)), [option]: value });
					const words = (content: string) =>
						content.match(/[^\s]+/g)?.filter((word) => !/isolcpus|\.dtb|^fdt$/i.test(word));
					expect(words(after)).to.deep.equal(words(text));
				}
			});
		}
	});
}
