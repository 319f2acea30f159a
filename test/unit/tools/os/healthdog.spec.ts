import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const HEALTHDOG = join(import.meta.dirname, '../../../../tools/os/rootfs/usr/bin/healthdog');

describe('healthdog of the host in a container', () => {
	let folder = '';
	let told = '';

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'healthdog-'));
		told = join(folder, 'told');
		mkdirSync(join(folder, 'bin'));
		writeScript('bin/systemd-notify', `echo "$@" >>${told}.new; mv ${told}.new ${told}`);
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	function writeScript(name: string, body: string): string {
		const path = join(folder, name);
		writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
		return path;
	}

	function run(check: string, program: string, env: Readonly<Record<string, string>> = { WATCHDOG_USEC: '2000000' }) {
		const PATH = `${join(folder, 'bin')}:/usr/bin:/bin`;
		const args = [`--healthcheck=${writeScript('check', check)}`, writeScript('program', program)];
		const { status, stderr } = spawnSync(HEALTHDOG, args, { env: { PATH, ...env }, encoding: 'utf8', timeout: 10_000 });
		return { status, stderr };
	}

	it('tells systemd on behalf of the program that the check succeeded, and ends with its status', () => {
		const wait = `until [ -e ${told} ]; do sleep 0.05; done; echo $$ >${join(folder, 'pid')}; exit 7`;
		expect(run('exit 0', wait)).to.deep.equal({ status: 7, stderr: '' });
		const pid = readFileSync(join(folder, 'pid'), 'utf8').trim();
		expect(readFileSync(told, 'utf8')).to.equal(`--pid=${pid} WATCHDOG=1\n`);
	});

	it('tells systemd nothing after a check that failed', () => {
		const checked = join(folder, 'checked');
		const { stderr } = run(`touch ${checked}; exit 1`, `until [ -e ${checked} ]; do sleep 0.05; done; sleep 0.2`);
		expect(stderr).to.equal('healthdog: the health check failed\n');
		expect(existsSync(told)).to.equal(false);
	});

	it('ends with status 1 if the unit has no watchdog', () => {
		for (const env of [{}, { WATCHDOG_USEC: 'soon' }]) {
			expect(run('exit 0', 'exit 0', env)).to.deep.equal({
				status: 1,
				stderr: 'healthdog: WATCHDOG_USEC is no number; the unit needs WatchdogSec\n',
			});
		}
	});
});
