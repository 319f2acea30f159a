import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataFolder } from '../../../../src/adapters/sqlite/index.ts';
import { recordingLog, silentLog } from '../../../support/logs.ts';
import { makeTempDirectory, rejectionOf } from './raw-database.ts';

const MODULE = join(import.meta.dirname, '../../../../src/adapters/sqlite/index.ts');

describe('the lock of the data folder', function () {
	this.timeout(30_000);
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	const lock = { signal: new AbortController().signal, log: silentLog };

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = join(directory.path, 'database.sqlite');
	});
	afterEach(() => directory.remove());

	it('is taken by one process, waited for, and released by the kernel however that ends', async () => {
		const script = `
			import { lockDataFolder } from ${JSON.stringify(MODULE)};
			await lockDataFolder(${JSON.stringify(path)}, { signal: new AbortController().signal });
			console.log('taken');
			setInterval(() => undefined, 1000);
		`;
		const other = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script]);
		await once(other.stdout, 'data');
		let isTaken = false;
		const taking = lockDataFolder(path, lock).then((release) => {
			isTaken = true;
			return release;
		});
		await new Promise((resolve) => setTimeout(resolve, 1500));
		expect(isTaken).to.equal(false);
		other.kill('SIGKILL');
		await (
			await taking
		)?.();
		expect(readFileSync(join(directory.path, 'supervisor.lock'), 'utf8')).to.equal('');
	});

	it('is refused after some attempts, with the folder', async () => {
		const release = await lockDataFolder(path, lock);
		const refusal = await rejectionOf(lockDataFolder(path, { ...lock, attempts: 1 }));
		expect(refusal).to.include({ code: 'already-running', message: `another supervisor runs on ${directory.path}` });
		await release?.();
	});

	it('is waited for no longer than the process lasts', async () => {
		const release = await lockDataFolder(path, lock);
		const ending = new AbortController();
		const waiting = lockDataFolder(path, { ...lock, signal: ending.signal });
		ending.abort();
		expect(await waiting).to.equal(undefined);
		await release?.();
	});

	it('does not keep a device from starting whose data folder cannot be written', async () => {
		const { log, lines } = recordingLog();
		await (
			await lockDataFolder('/proc/none/database.sqlite', { ...lock, log })
		)?.();
		expect(lines.map(({ level }) => level)).to.deep.equal(['warn']);
	});
});
