import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { AppsJsonFile } from '../../../../src/adapters/files/index.ts';
import { recordingLog } from '../../../support/logs.ts';
import { makeTempDirectory } from '../sqlite/raw-database.ts';

describe('the file of preloaded apps', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let file: AppsJsonFile;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/apps.json`;
		file = new AppsJsonFile(path, recordingLog().log);
	});
	afterEach(() => directory.remove());

	it('dev-tools #34: is skipped where it is missing, or a directory is in its place', async () => {
		expect(await file.read()).to.equal(undefined);
		await mkdir(path);
		expect(await file.read()).to.equal(undefined);
	});

	it('dev-tools #34: is kept once under another name, and empty afterwards', async () => {
		for (const text of ['{"apps":{}}', '{"apps":[]}']) {
			await writeFile(path, text);
			await file.retire();
		}
		expect(await readdir(directory.path)).to.include('apps.json.preloaded');
		expect(await readFile(`${path}.preloaded`, 'utf8')).to.equal('{"apps":{}}');
	});
});
