import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runProgram } from '../../../../src/adapters/files/index.ts';

describe('programs', () => {
	it('fail in order while no file descriptor is left, and run again afterwards', () => {
		const folder = mkdtempSync(join(tmpdir(), 'exhausted-'));
		try {
			// Enough for Node 24, which holds many files open while it loads modules.
			const limited = `ulimit -n 200 && exec "$0" --import tsx ${join(import.meta.dirname, 'exhausted.ts')} ${folder}`;
			const output = execFileSync('sh', ['-c', limited, process.execPath], { encoding: 'utf8' });
			expect(JSON.parse(output)).to.deep.equal({
				runProgram: 'FileError program-failed',
				iptables: 'PacketFilterError packet-filter-failed',
				fatFile: 'FileError program-failed',
				unpack: 'FileError program-failed',
				applyBatch: 'FileError program-failed',
				pack: 'FileError program-failed',
				isReadable: 'false',
				follow: 'JournalError journal-failed',
				open: 'JournalError journal-failed',
				after: 'ended',
			});
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('that are not there are no failure', async () => {
		expect(await runProgram('no-program-has-this-name', [])).to.deep.equal({ state: 'missing' });
	});

	it('get their input and give both of their outputs', async () => {
		const result = await runProgram('sh', ['-c', 'cat; echo failed >&2; exit 3'], 'input');
		expect(result).to.deep.include({ state: 'ended', exitCode: 3, stdout: 'input', stderr: 'failed\n' });
	});
});
