import { readFileSync } from 'node:fs';
import { readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import Sinon from 'sinon';
import { FatFile, watchFile } from '../../../../src/adapters/files/index.ts';
import { writeAtomically } from '../../../../src/adapters/files/write-file.ts';
import { recordingLog, silentLog } from '../../../support/logs.ts';
import { makeTempDirectory } from '../sqlite/raw-database.ts';

describe('a file that other programs write too', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let file: FatFile;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/config.json`;
		file = new FatFile(path, 'no-such-program');
	});

	afterEach(() => directory.remove());

	it('is replaced only while it holds what was read, and nothing is left of an attempt', async () => {
		expect(await file.replace('x', 'expected')).to.equal(false);
		expect(await file.replace('ä', undefined)).to.equal(true);
		for (const expected of [undefined, '', 'a', 'ä ']) {
			expect(await file.replace('x', expected)).to.equal(false);
		}
		expect(await readFile(path, 'utf8')).to.equal('ä');
		expect(await file.replace('x', 'ä')).to.equal(true);
		expect(await readdir(directory.path)).to.deep.equal(['config.json']);
	});

	it('keeps every byte that is no UTF-8: a comment in an older encoding', async () => {
		const comment = Buffer.from([0x23, 0x20, 0x66, 0xfc, 0x72, 0x0a]);
		await writeFile(path, Buffer.concat([comment, Buffer.from('gpu_mem=16\n')]));
		const text = await file.read();
		expect(await file.replace(text.replace('16', '64'), text)).to.equal(true);
		expect(await readFile(path)).to.deep.equal(Buffer.concat([comment, Buffer.from('gpu_mem=64\n')]));
	});

	it('is compared again right before it is replaced', async () => {
		await writeFile(path, 'read');
		const read = file.readBytes.bind(file);
		file.readBytes = async () => {
			const bytes = await read();
			await writeFile(path, 'theirs');
			return bytes;
		};
		expect(await file.replace('ours', 'read')).to.equal(false);
		expect(await readFile(path, 'utf8')).to.equal('theirs');
		expect(await readdir(directory.path)).to.deep.equal(['config.json']);
	});

	it('stays as it is when it has changed right before the replacement', async () => {
		await writeFile(path, 'theirs');
		for (const [answer, content] of [
			[false, 'theirs'],
			[true, 'ours'],
		] as const) {
			const mayReplace = Sinon.stub().callsFake(() => {
				expect(readFileSync(`${path}.new`, 'utf8'), 'after the slow part').to.equal('ours');
				return answer;
			});
			expect(await writeAtomically(path, 'ours', { mayReplace })).to.equal(answer);
			Sinon.assert.calledOnce(mayReplace);
			expect(await readFile(path, 'utf8')).to.equal(content);
			expect(await readdir(directory.path)).to.deep.equal(['config.json']);
		}
	});

	it('is compared as text, where its bytes are no text', async () => {
		await writeFile(path, Buffer.from([0x22, 0xe4, 0x22]));
		expect(await file.replace('x', await file.read())).to.equal(true);
	});

	it('has a stamp that changes with each write, and none while a write may not change it', async () => {
		expect(await file.stamp()).to.equal(undefined);
		await writeFile(path, 'one');
		expect(await file.stamp(), 'young').to.equal(undefined);
		const atTime = async (content: string, seconds: number) => {
			await writeFile(`${path}.tmp`, content);
			await utimes(`${path}.tmp`, seconds, seconds);
			await rename(`${path}.tmp`, path);
			return await file.stamp();
		};
		const stamps = [
			await atTime('one', 1000),
			await atTime('two', 1000),
			await atTime('two', 2000),
			await atTime('2', 2000),
		];
		expect(new Set(stamps).size).to.equal(4);
		expect(await file.stamp())
			.to.equal(stamps[3])
			.and.not.equal(undefined);
	});

	it('is watched through edits, replacements and removals, until that ends', async () => {
		await writeFile(path, '1');
		let calls = 0;
		const end = watchFile(path, () => (calls += 1), silentLog);
		const isCalled = async (what: string, change: () => Promise<unknown>) => {
			calls = 0;
			await change();
			for (let turn = 0; turn < 100 && calls === 0; turn += 1) await sleep(10);
			expect(calls, what).to.be.above(0);
		};
		try {
			await isCalled('in place', () => writeFile(path, '2'));
			await writeFile(`${path}.tmp`, '3');
			await isCalled('renamed', () => rename(`${path}.tmp`, path));
			await isCalled('in place, after that', () => writeFile(path, '4'));
			await isCalled('moved away', () => rename(path, `${path}.away`));
			await sleep(50);
			calls = 0;
			await writeFile(`${directory.path}/other`, '');
			await sleep(50);
			expect(calls).to.equal(0);
		} finally {
			end();
		}
		await writeFile(path, '5');
		await sleep(50);
		expect(calls).to.equal(0);
	});

	it('has no watcher where there is no folder', () => {
		const { log, lines } = recordingLog();
		watchFile(`${directory.path}/none/config.json`, () => undefined, log)();
		expect(lines.map(({ level }) => level)).to.deep.equal(['debug']);
	});
});
