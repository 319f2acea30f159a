import { expect } from 'chai';
import { acpiTablesOf, bootOptionsOf, CONFIG_FS } from '../../../../src/host/index.ts';
import { applied, compare, readVariables, valueOf } from './boot-values.ts';

describe('configfs.json', () => {
	for (const [text, tables] of [
		['"a","b"', ['a', 'b']],
		['"a" , "b"', ['a', 'b']],
		['a', ['a']],
	] as const) {
		it(`host #13: ${text} is written as ${tables.join(' and ')}`, () => {
			const content = applied(CONFIG_FS, '{"other":1,"ssdt":["x"],"more":[]}', { HOST_CONFIGFS_ssdt: text });
			expect(content).to.equal(`{"other":1,"ssdt":${JSON.stringify(tables)},"more":[]}`);
		});
	}

	for (const target of [{}, { HOST_CONFIGFS_ssdt: '' }]) {
		it(`host #13: ${JSON.stringify(target)} takes the tables away and nothing else`, () => {
			expect(applied(CONFIG_FS, '{"ssdt":["x"],"other":1}', target)).to.equal('{"other":1}');
		});
	}

	it('the same tables are no change', () => {
		const target = { HOST_CONFIGFS_ssdt: '"a","b"' };
		expect(valueOf(compare(CONFIG_FS, '{"ssdt":["a","b"]}', target)).isChanged).to.be.false;
		expect(valueOf(compare(CONFIG_FS, '{"ssdt":["b","a"]}', target)).isChanged).to.be.true;
		expect(readVariables(CONFIG_FS, '{"ssdt":["a","b"]}')).to.deep.equal(target);
	});

	for (const text of [undefined, '', 'not json', '[]', 'null', '{"ssdt":1}']) {
		it(`${text ?? 'a missing file'} has no tables`, () => {
			expect(valueOf(CONFIG_FS.parse(text))).to.deep.equal({});
		});
	}

	it('tables are loaded from the operating system, by names that stay in their folder', () => {
		const options = valueOf(bootOptionsOf(CONFIG_FS, { HOST_CONFIGFS_ssdt: '"spi","a/../../x","..",""' }));
		expect(acpiTablesOf(options)).to.deep.equal([
			{ name: 'spi', source: 'boot/acpi-tables/spi.aml', directory: 'sys/kernel/config/acpi/table/spi' },
		]);
		expect(acpiTablesOf(valueOf(CONFIG_FS.parse('{"ssdt":["spi"]}')))).to.have.length(1);
	});
});
