import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { runExclusively } from '../../../../tools/device/run-exclusively.ts';

describe('work that only one process of the machine may do at a time', () => {
	let folder = '';
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'run-exclusively-'));
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	it('is done one after the other, also after one that failed', async () => {
		const log: string[] = [];
		const work = (name: string, fails: boolean) =>
			runExclusively(folder, async () => {
				log.push(name);
				await sleep(20);
				log.push(name);
				if (fails) throw new Error(name);
			}).catch((error: unknown) => log.push(String(error)));
		await Promise.all([work('a', true), work('b', true), work('c', false)]);
		const done = log.filter((line) => !line.startsWith('Error'));
		expect([done[0], done[2], done[4]]).to.deep.equal([done[1], done[3], done[5]]);
		expect(log).to.include('Error: a').and.to.include('Error: b').and.to.have.length(8);
	});

	it('does not wait for a process that was killed', async () => {
		const module = join(import.meta.dirname, '../../../../tools/device/run-exclusively.ts');
		const script = `import { runExclusively } from ${JSON.stringify(module)};
			await runExclusively(${JSON.stringify(folder)}, () => { console.log('in'); return new Promise((done) => setTimeout(done, 60_000)); });`;
		const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
		const killed = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
		await once(killed.stdout, 'data');
		killed.kill('SIGKILL');
		expect(await runExclusively(folder, () => Promise.resolve('done'))).to.equal('done');
	});

	it('says that a folder cannot be locked', async () => {
		const error: unknown = await runExclusively(join(folder, 'gone', 'x'), () => Promise.resolve()).catch(
			(e: unknown) => e,
		);
		expect(String(error)).to.include('cannot be locked');
	});
});
