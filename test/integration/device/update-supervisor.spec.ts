import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ensureShells, findCommand } from '../../../tools/device/index.ts';
import { SHELLS } from './start-scene.ts';

const SCRIPT = join(import.meta.dirname, '../../../update-supervisor.sh');
const CONF = '# by the system\nSUPERVISOR_IMAGE=old:1\nSUPERVISOR_VERSION=1\n\nLED_FILE=/dev/null\nX=a b';
const NEW_CONF = CONF.replace('old:1', 'new:2').replace('VERSION=1', 'VERSION=2');

/** The image that the configuration names, as systemd reads it: the one of the trial wins. */
const SYSTEMCTL = `#!/bin/sh
[ "$1" != show ] || exec cat "$SCENE/os-update"
echo "systemctl $*" >>"$SCENE/calls"
[ ! -e "$SCENE/restart-fails" ] || { rm "$SCENE/restart-fails"; exit 1; }
sed -s -n 's/^SUPERVISOR_IMAGE=//p' "$SCENE/conf" "$SCENE/trial" 2>/dev/null | tail -n 1 >"$SCENE/running"
echo "$(date +%s%N)" >"$SCENE/started"
`;
/** \`health\`: for the new supervisor the answer of each check, one a line; the last one stays. */
const ENGINE = `#!/bin/sh
running=$(cat "$SCENE/running")
case "$*" in
'image inspect '*) [ ! -e "$SCENE/no-image" ] && echo id-of-new:2 ;;
*StartedAt*) echo "id-of-$running true $(cat "$SCENE/started")" ;;
*ExitCode*) echo 'exited, exit code 3' ;;
exec*)
	[ "$running" = new:2 ] || exit 1
	echo health >>"$SCENE/calls"
	answer=$(head -n 1 "$SCENE/health")
	[ "$(wc -l <"$SCENE/health")" -le 1 ] || sed -i 1d "$SCENE/health"
	case $answer in
	good) ;;
	slow) sleep 1 ;;
	dies) echo again >"$SCENE/started" ;;
	*) exit 1 ;;
	esac ;;
esac
`;

for (const shell of SHELLS) {
	describe(`the script that updates the supervisor, read by ${shell}`, function () {
		this.timeout(60_000);
		let scene = '';
		const at = (name: string) => join(scene, name);
		const read = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : undefined);
		const calls = () => (read('calls') ?? '').split('\n').filter((line) => line !== '' && line !== 'health');

		before(async function () {
			this.timeout(300_000);
			await ensureShells({ log: console.log });
		});
		beforeEach(() => {
			scene = mkdtempSync(join(tmpdir(), 'update-supervisor-'));
			writeFileSync(at('conf'), CONF);
			writeFileSync(at('running'), 'old:1\n');
			writeFileSync(at('started'), 'at first\n');
			writeFileSync(at('health'), 'good\n');
			writeFileSync(at('os-update'), 'ActiveState=inactive\n');
			for (const [name, text] of [
				['systemctl', SYSTEMCTL],
				['balena', ENGINE],
			] as const) {
				writeFileSync(at(name), text);
				chmodSync(at(name), 0o755);
			}
			symlinkSync(findCommand(shell) ?? shell, at('sh'));
		});
		afterEach(() => {
			rmSync(scene, { recursive: true });
		});

		function start({ healthy = '1', proof = '1' }: { readonly healthy?: string; readonly proof?: string } = {}) {
			const child = spawn(at('sh'), [SCRIPT, 'new:2', '2', healthy, proof], {
				env: {
					SCENE: scene,
					SUPERVISOR_CONF: at('conf'),
					SUPERVISOR_TRIAL_CONF: at('trial'),
					PATH: `${scene}:/usr/bin:/bin`,
				},
			});
			let output = '';
			for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
			const end = new Promise<{ readonly code: number | null; readonly lines: readonly string[] }>((done) =>
				child.once('close', (code) => {
					done({ code, lines: output.trim().split('\n') });
				}),
			);
			return { child, end };
		}

		async function untilNewRuns(): Promise<void> {
			for (let n = 0; read('running') !== 'new:2\n' && n < 200; n += 1) await sleep(50);
			expect(read('running')).to.equal('new:2\n');
		}

		const RESTART = 'systemctl restart balena-supervisor.service';

		/** The old supervisor runs, the configuration is as it was, and no restart leads to the new one. */
		function expectOld(restarts: number): void {
			expect(calls()).to.deep.equal(Array<string>(restarts).fill(RESTART));
			expect(read('conf')).to.equal(CONF);
			expect([read('running'), read('trial'), read('conf.new')]).to.deep.equal(['old:1\n', undefined, undefined]);
		}

		it('host #41: makes the new supervisor permanent when it is healthy, and again later', async () => {
			writeFileSync(at('health'), 'bad\ngood\nbad\ngood\n');
			const { code, lines } = await start({ healthy: '20' }).end;
			expect([code, lines]).to.deep.equal([0, ['Supervisor 2 runs']]);
			expect(read('conf')).to.equal(NEW_CONF);
			expect([read('running'), read('trial'), read('conf.new')]).to.deep.equal(['new:2\n', undefined, undefined]);
			expect(calls()).to.deep.equal([RESTART]);
		});

		it('names the old image in the configuration until the new one is proven', async () => {
			const { end } = start({ proof: '2' });
			await untilNewRuns();
			expect(read('conf')).to.equal(CONF);
			expect(read('trial')).to.equal('SUPERVISOR_IMAGE=new:2\nSUPERVISOR_VERSION=2\nSUPERVISOR_TAG=2\n');
			expect((await end).code).to.equal(0);
		});

		it('sets the version under its old name', async () => {
			writeFileSync(at('conf'), CONF.replace('SUPERVISOR_VERSION', 'SUPERVISOR_TAG'));
			expect((await start().end).code).to.equal(0);
			expect(read('conf')).to.equal(NEW_CONF.replace('SUPERVISOR_VERSION', 'SUPERVISOR_TAG'));
		});

		it('host #42: starts the old one again when the new one does not become healthy', async () => {
			writeFileSync(at('health'), 'bad\n');
			const { code, lines } = await start().end;
			expect(code).to.equal(1);
			expect(lines).to.deep.equal([
				'Update failed: supervisor 2 was not healthy within 1 seconds (container: exited, exit code 3)',
			]);
			expectOld(2);
		});

		it('host #42: starts the old one again when the new one ends by itself after it was healthy', async () => {
			writeFileSync(at('health'), 'dies\ngood\n');
			const { code, lines } = await start().end;
			expect(code).to.equal(1);
			expect(lines).to.deep.equal([
				'Update failed: supervisor 2 ended by itself within 1 seconds after it was healthy',
			]);
			expectOld(2);
		});

		for (const [when, health] of [
			['while it asks for the health', 'slow'],
			['while it waits for the proof', 'good'],
		] as const) {
			it(`starts the old one again when it is interrupted ${when}`, async () => {
				writeFileSync(at('health'), `${health}\n`);
				const { child, end } = start({ proof: '3' });
				for (let n = 0; !(read('calls') ?? '').includes('health') && n < 200; n += 1) await sleep(50);
				if (health === 'good') await sleep(500);
				child.kill('SIGTERM');
				const { code, lines } = await end;
				expect([code, lines]).to.deep.equal([1, ['Update failed: it was interrupted']]);
				expectOld(2);
			});
		}

		it('starts the old one again when the service cannot be restarted, or the configuration not be changed', async () => {
			writeFileSync(at('restart-fails'), '');
			expect((await start().end).lines).to.deep.equal([
				'Update failed: balena-supervisor.service could not be restarted',
			]);
			expectOld(2);
			writeFileSync(at('conf'), 'X=1\n');
			expect((await start().end).lines).to.deep.equal([`Update failed: ${at('conf')} cannot be changed`]);
			expect(read('conf')).to.equal('X=1\n');
		});

		it('touches nothing without the image, or beside another update', async () => {
			writeFileSync(at('no-image'), '');
			expect(await start().end).to.deep.equal({ code: 1, lines: ['Update failed: the image new:2 is missing'] });
			expectOld(0);
			rmSync(at('no-image'));
			writeFileSync(at('trial'), 'SUPERVISOR_IMAGE=other:3\n');
			expect(await start().end).to.deep.equal({
				code: 1,
				lines: [`Update failed: another update of the supervisor is under way: there is ${at('trial')}`],
			});
			expect([read('conf'), read('trial'), calls()]).to.deep.equal([CONF, 'SUPERVISOR_IMAGE=other:3\n', []]);
			rmSync(at('trial'));
			for (const state of ['active', 'activating']) {
				writeFileSync(at('os-update'), `ActiveState=${state}\n`);
				expect(await start().end).to.deep.equal({
					code: 1,
					lines: ['Update failed: update-balena-supervisor of the operating system runs'],
				});
			}
			expectOld(0);
		});

		it('continues where an earlier run was killed', async () => {
			writeFileSync(at('trial'), 'SUPERVISOR_IMAGE=new:2\n');
			expect((await start().end).code).to.equal(0);
			expect([read('conf'), read('trial')]).to.deep.equal([NEW_CONF, undefined]);
		});
	});
}
