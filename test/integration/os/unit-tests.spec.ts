import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { copyProject } from './os-scene.ts';

const UNPRIVILEGED = '65534';
const UNIT_TESTS = ['test/{unit,golden,tidy}/**/*.spec.ts', 'test/contract/**/*.unit.spec.ts'];

/** With the tests of a host, because it needs root to give up what a user may not have, and takes two minutes. */
describe('the unit tests', function () {
	this.timeout(600_000);
	let folder = '';

	before(function () {
		if (process.getuid?.() !== 0) this.skip();
		folder = mkdtempSync(join(tmpdir(), 'unit-tests-'));
		copyProject(join(folder, 'project'));
		execFileSync('chown', ['-R', `${UNPRIVILEGED}:${UNPRIVILEGED}`, folder]);
	});
	after(() => {
		if (folder !== '') rmSync(folder, { recursive: true, force: true });
	});

	it('dev-tools #8: pass without an engine, without root and without a network', async () => {
		const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder, TMPDIR: folder };
		const user = ['setpriv', '--reuid', UNPRIVILEGED, '--regid', UNPRIVILEGED, '--clear-groups', '--no-new-privs'];
		const mocha = [process.execPath, 'node_modules/mocha/bin/mocha.js', ...UNIT_TESTS];
		// The loopback address is left: servers of the tests themselves are there.
		const script = 'ip link set lo up 2>/dev/null || busybox ip link set lo up; exec "$@"';
		const args = ['--net', 'sh', '-c', script, 'sh', ...user, ...mocha];
		const { code, output } = await new Promise<{ readonly code: number; readonly output: string }>((done) => {
			const options = { cwd: join(folder, 'project'), env, maxBuffer: 64 * 1024 * 1024 };
			const child = execFile('unshare', args, options, (_error, stdout, stderr) => {
				done({ code: child.exitCode ?? -1, output: stdout + stderr });
			});
		});
		const summary = output.slice(output.search(/^ *\d+ passing /m));
		expect(summary).to.match(/^ *\d{3,} passing /);
		expect(code, summary).to.equal(0);
	});
});
