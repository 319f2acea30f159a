import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ConfigCopyFiles } from '../../../../src/adapters/files/index.ts';
import { makeTempDirectory, rejectionOf } from '../sqlite/raw-database.ts';

describe('copies of config.json', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let copies: ConfigCopyFiles;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/boot-config.json`;
		copies = new ConfigCopyFiles({ path, folder: directory.path });
	});

	afterEach(() => directory.remove());

	const modeOf = async (name: string) => (await stat(`${directory.path}/${name}`)).mode & 0o777;

	it('can be read by their owner only, also where a file was left that others can read', async () => {
		await writeFile(`${directory.path}/config.json.last-good.new`, 'left');
		await chmod(`${directory.path}/config.json.last-good.new`, 0o644);
		await writeFile(path, 'damaged');
		await copies.write('{"a":1}');
		await copies.writeWaiting('{"b":1}');
		expect(await copies.setAside()).to.equal(`${directory.path}/config.json.damaged-1`);
		for (const name of ['last-good', 'waiting', 'damaged-1']) {
			expect(await modeOf(`config.json.${name}`), name).to.equal(0o600);
		}
		expect([await copies.read(), await copies.readWaiting()]).to.deep.equal(['{"a":1}', '{"b":1}']);
		await copies.writeWaiting(undefined);
		await copies.writeWaiting(undefined);
		expect(await copies.readWaiting()).to.equal(undefined);
		expect((await readdir(directory.path)).filter((name) => name.endsWith('.new'))).to.deep.equal([]);
	});

	it('keeps the newest three damaged ones, byte for byte', async () => {
		await writeFile(`${directory.path}/config.json.damaged-by-me`, 'of a person');
		for (let count = 1; count <= 11; count += 1) {
			await writeFile(path, Buffer.from([count, 0, 255]));
			await copies.setAside();
		}
		const kept = (await readdir(directory.path)).filter((name) => name.includes('damaged')).sort();
		expect(kept).to.deep.equal(['10', '11', '9', 'by-me'].map((end) => `config.json.damaged-${end}`));
		expect(await readFile(`${directory.path}/config.json.damaged-9`)).to.deep.equal(Buffer.from([9, 0, 255]));
	});

	it('are none where there is no folder, and then name the file that cannot be written', async () => {
		copies = new ConfigCopyFiles({ path, folder: `${directory.path}/none` });
		expect([await copies.read(), await copies.readWaiting()]).to.deep.equal([undefined, undefined]);
		for (const write of [() => copies.write('{}'), () => copies.writeWaiting('{}'), () => copies.setAside()]) {
			const error = await rejectionOf(write());
			expect(error.code).to.equal('file-unwritable');
			expect(error.message).to.include(`${directory.path}/none/config.json.`);
		}
	});
});
