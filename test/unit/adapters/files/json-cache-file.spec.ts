import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { JsonCacheFile } from '../../../../src/adapters/files/index.ts';
import { recordingLog } from '../../../support/logs.ts';

describe('a value that is kept on tmpfs', () => {
	let folder: string;

	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'json-cache-'));
	});
	afterEach(() => rm(folder, { recursive: true }));

	it('is read as it was written, in a folder that is made for it', async () => {
		const { log, lines } = recordingLog();
		const options = { path: join(folder, 'made/value'), log, warning: 'cannot keep it' };
		await new JsonCacheFile(options).write({ positions: { web: 'é' } });
		expect(await new JsonCacheFile(options).read()).to.deep.equal({ positions: { web: 'é' } });
		expect(lines).to.deep.equal([]);
	});

	it('is absent when there is no file, or a part of one', async () => {
		const file = new JsonCacheFile({ path: join(folder, 'value'), log: recordingLog().log, warning: 'cannot keep it' });
		expect(await file.read()).to.equal(undefined);
		await writeFile(join(folder, 'value'), '{"posi');
		expect(await file.read()).to.equal(undefined);
	});

	it('is reported once when it cannot be written, until it could be', async () => {
		const { log, lines } = recordingLog();
		await writeFile(join(folder, 'blocked'), '');
		const file = new JsonCacheFile({ path: join(folder, 'blocked/value'), log, warning: 'cannot keep it' });
		await file.write(1);
		await file.write(2);
		expect(lines.map(({ message }) => message)).to.deep.equal(['cannot keep it']);
		await rm(join(folder, 'blocked'));
		await file.write(3);
		await rm(join(folder, 'blocked'), { recursive: true });
		await writeFile(join(folder, 'blocked'), '');
		await file.write(4);
		expect(lines).to.have.length(2);
	});
});
