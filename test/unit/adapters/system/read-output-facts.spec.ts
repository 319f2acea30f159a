import { expect } from 'chai';
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOutputFacts } from '../../../../src/adapters/system/index.ts';

describe('where the output goes', () => {
	let folder: string;
	let file: number;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'output-'));
		file = openSync(join(folder, 'log'), 'w');
	});
	after(() => {
		closeSync(file);
		rmSync(folder, { recursive: true });
	});

	it('is the journal only if it is the very socket that systemd named', () => {
		const { dev, ino } = fstatSync(file);
		const isJournal = (journalStream?: string) => readOutputFacts({ rootPath: folder, journalStream }, file).isJournal;
		expect(isJournal(`${dev}:${ino}`)).to.equal(true);
		expect(isJournal(`${dev}:${ino + 1}`), 'inherited, but sent to a file').to.equal(false);
		expect(isJournal()).to.equal(false);
		expect(readOutputFacts({ rootPath: folder, journalStream: '1:2' }, 99_999).isJournal, 'closed').to.equal(false);
	});

	it('knows a container by the id that the system gives, and systemd by its folder on the host', () => {
		expect(readOutputFacts({ rootPath: folder, ownContainerId: 'abc' }, file).isContainer).to.equal(true);
		expect(readOutputFacts({ rootPath: folder }, file).hostHasSystemd).to.equal(false);
		mkdirSync(join(folder, 'run/systemd/system'), { recursive: true });
		expect(readOutputFacts({ rootPath: folder }, file).hostHasSystemd).to.equal(true);
	});
});
