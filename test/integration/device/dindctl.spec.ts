import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RUN_OPTIONS } from '../../../tools/dind/run-options.ts';
import { keepPackages } from './keep-packages.ts';

const COMMANDS = [
	...['run', 'build', 'buildrun', 'status', 'logs', 'release', 'refresh', 'docker', 'shell', 'key', 'stop'],
];
const DINDCTL = join(import.meta.dirname, '../../../dindctl');

describe('dindctl', function () {
	this.timeout(60_000);
	let folder = '';

	before(() => {
		keepPackages();
		folder = mkdtempSync(join(tmpdir(), 'dindctl-spec-'));
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	/** From another working directory, as its user may be anywhere. */
	function dindctl(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
		const env = { ...process.env, DINDCTL_DIRECTORY: join(folder, 'device') };
		return new Promise((done) => {
			const child = execFile(DINDCTL, args, { cwd: folder, env }, (_error, stdout, stderr) => {
				done({ code: child.exitCode ?? -1, output: stdout + stderr });
			});
		});
	}

	for (const [args, expected] of [
		[['--bogus', 'run'], 'There is no command --bogus. See dindctl --help.'],
		[['run', '--bogus'], 'There is no option --bogus. See dindctl run --help.'],
		[['build', '--tag', 'a b'], 'a b is no tag of an image. Use letters, digits, dots and dashes.'],
		[['buildrun', '--image', 'x'], 'buildrun makes the image itself. Leave out --image.'],
		[['status', '--dind-container', '/'], '/ is no name of a container. Use letters, digits, dots and dashes.'],
		[['nonsense'], 'There is no command nonsense. See dindctl --help.'],
		[['run', '--nonsense'], 'There is no option --nonsense. See dindctl run --help.'],
		[['run', '--port'], '--port needs a value. See dindctl run --help.'],
		[['run', '--port', 'x'], '--port x is not a number. Give a whole number.'],
		[['stop', '--keep=yes'], '--keep takes no value. See dindctl stop --help.'],
		[['status', 'more'], 'Too much: more. See dindctl status --help.'],
		[['release'], 'No compose file was given. See dindctl release --help.'],
		[['release', 'file.yml'], 'No device is running. Start one with dindctl run.'],
		[['docker', 'ps'], 'No device is running. Start one with dindctl run.'],
		[['logs', 'web'], 'No device is running. Start one with dindctl run.'],
	] as const) {
		it(`dev-tools #32, #33: answers "${args.join(' ')}" with one line and status 1`, async () => {
			expect(await dindctl(...args)).to.deep.equal({ code: 1, output: `dindctl: ${expected}\n` });
		});
	}

	it('dev-tools #26: names all actions and options without an action', async () => {
		const { code, output } = await dindctl();
		expect(code).to.equal(1);
		expect((await dindctl('--help')).output).to.equal(output);
		const options = Object.keys(RUN_OPTIONS).map((name) => `--${name}`);
		for (const word of [...COMMANDS, ...options, '--keep']) {
			expect(output).to.match(new RegExp(`(^| )${word}[ ,.\\n]`, 'm'));
		}
		const run = (await dindctl('run', '--help')).output;
		for (const option of options) expect(run).to.include(`${option} `);
	});

	it('explains each command', async () => {
		for (const command of COMMANDS) {
			const { code, output } = await dindctl(command, '--help');
			expect(code).to.equal(0);
			expect(output).to.match(new RegExp(`^Usage: dindctl ${command}`));
		}
	});

	it('dev-tools #27: has nothing to stop where no device is', async () => {
		expect(await dindctl('stop')).to.deep.equal({ code: 0, output: 'There is no device\n' });
		expect((await dindctl('status')).code).to.equal(3);
		expect((await dindctl('key')).output).to.equal('dindctl: The device has no key yet. Start it with dindctl run.\n');
	});

	describe('run as root', () => {
		before(function () {
			if (process.getuid?.() !== 0) this.skip();
		});

		it('reports that the port is taken before it starts anything', async () => {
			const server = createServer().listen(0, '127.0.0.1');
			await new Promise((done) => server.once('listening', done));
			const { port } = server.address() as AddressInfo;
			const { code, output } = await dindctl('run', '--port', String(port));
			server.close();
			expect(output).to.equal(`dindctl: Port ${port} is taken. Choose another with --port.\n`);
			expect(code).to.equal(1);
		});

		it('uses an engine of the machine only when asked twice', async () => {
			const { code, output } = await dindctl('run', '--engine', '/nowhere.sock');
			expect(output).to.include('Warning: the supervisor deletes images');
			expect(output).to.include('Add --yes to use it all the same.');
			expect(code).to.equal(1);
		});

		describe('with services that publish ports', () => {
			after(() => dindctl('stop'));

			it('leaves them 3000 and 5000', async () => {
				const service = '{image: device-base, command: [sleep, "99"], ports: ["3000:3000", "5000:5000"]}';
				writeFileSync(join(folder, 'compose.yml'), `services: {web: ${service}}`);
				const { code, output } = await dindctl('run', join(folder, 'compose.yml'), '--port', '48623');
				expect(output).to.include('On target: release ');
				expect(code).to.equal(0);
				const { output: key } = await dindctl('key');
				const ask = async (apikey: string) =>
					(await fetch(`http://127.0.0.1:48623/v2/state/status?apikey=${apikey}`)).status;
				expect([await ask(key.trim()), await ask('no')], 'its API accepts the printed key').to.deep.equal([200, 401]);
				const published = await dindctl('docker', 'ps', '--format', '{{.Ports}}');
				expect(published.output).to.include('0.0.0.0:3000->3000/tcp').and.to.include('0.0.0.0:5000->5000/tcp');
			});
		});

		it('does not take over a folder that holds something else', async () => {
			writeFileSync(join(folder, 'mine'), '');
			const { output } = await dindctl('run', '--directory', folder);
			expect(output).to.equal(`dindctl: ${folder} holds something else. Choose another --directory.\n`);
		});
	});
});
