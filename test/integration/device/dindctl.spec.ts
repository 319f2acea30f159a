import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RUN_OPTIONS } from '../../../tools/dind/run-options.ts';
import { keepPackages } from './keep-packages.ts';

const COMMANDS = [
	...[
		'run',
		'build',
		'buildrun',
		'status',
		'logs',
		'release',
		'refresh',
		'docker',
		'exec',
		'shell',
		'open',
		'key',
		'stop',
	],
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

	/** From another working directory, as its user may be anywhere. Its hints repeat the path by which it was called. */
	function dindctl(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
		const env = { ...process.env, DINDCTL_DIRECTORY: join(folder, 'device') };
		return new Promise((done) => {
			const child = execFile(DINDCTL, args, { cwd: folder, env }, (_error, stdout, stderr) => {
				done({ code: child.exitCode ?? -1, output: (stdout + stderr).replaceAll(`${DINDCTL} `, 'dindctl ') });
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
		[['run', '--port', '0'], '--port 0 is no port. Give a number from 1 to 65535.'],
		[['run', '--port', '99999'], '--port 99999 is no port. Give a number from 1 to 65535.'],
		[['status', '--name', '/'], '/ is no name of a device. Use letters, digits, dots and dashes.'],
		[['exec', '--name', 'x', 'web', 'ls'], 'No device is running. Start one with dindctl run --name x.'],
		[['exec', 'web'], 'A service and a command are needed. See dindctl exec --help.'],
		[
			['logs', '--since', 'x'],
			'--since x is no time. Give how long ago, as 90s, 10m, 1h30m or 2d, or a date and time.',
		],
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
		expect((await dindctl('status')).code).to.equal(4);
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

		describe('with services', () => {
			const PORT = '48623';
			const HTTP = 'echo hello >/index.html; echo begun; exec httpd -f -p 3000 -h /';
			const write = (name: string, services: string) => {
				writeFileSync(join(folder, name), `services: {${services}}`);
				return join(folder, name);
			};
			const web = `web: {image: device-base, command: [sh, -c, "${HTTP}"], ports: ["3000:3000", "5000:5000"]}`;
			after(async () => {
				await dindctl('stop');
				await dindctl('stop', '--name', 'other');
			});

			it('leaves them 3000 and 5000, and makes them reachable on this machine', async () => {
				const { code, output } = await dindctl('run', write('compose.yml', web), '--port', PORT);
				expect(output).to.include('On target: release ');
				expect(code, output).to.equal(0);
				const { output: key } = await dindctl('key');
				const ask = async (apikey: string) =>
					(await fetch(`http://127.0.0.1:${PORT}/v2/state/status?apikey=${apikey}`)).status;
				expect([await ask(key.trim()), await ask('no')], 'its API accepts the printed key').to.deep.equal([200, 401]);
				expect((await dindctl('open')).output).to.equal(`http://127.0.0.1:${PORT}/?apikey=${key}`);
				const published = await dindctl('docker', 'ps', '--format', '{{.Ports}}');
				expect(published.output).to.include('0.0.0.0:3000->3000/tcp').and.to.include('0.0.0.0:5000->5000/tcp');
				const [address = ''] = (await dindctl('open', 'web')).output.split('\n');
				expect(output).to.include(`web: port 3000 of the device is ${new URL(address).host} here`);
				expect(await (await fetch(address)).text()).to.equal('hello\n');
			});

			it('shows its status to people and programs, in a folder that only its owner can read', async () => {
				const { code, output } = await dindctl('status');
				expect(code, output).to.equal(0);
				expect(output).to.match(/^device {6}on target\nwanted {6}(\w{32}), applied\nrunning {5}\1\nengine/);
				const status = JSON.parse((await dindctl('status', '--json')).output) as Record<string, unknown>;
				expect(status).to.have.nested.include({ on_target: true, device: 'running', 'services[0].state': 'running' });
				expect(statSync(join(folder, 'device')).mode & 0o777).to.equal(0o700);
			});

			it("runs commands in a service, and shows its log beside the supervisor's", async () => {
				expect(await dindctl('exec', 'web', 'sh', '-c', 'cat /index.html; exit 5')).to.deep.equal({
					...{ code: 5, output: 'hello\n' },
				});
				expect((await dindctl('exec', 'nope', 'ls')).output).to.equal(
					'dindctl: There is no service nope. Choose one of web.\n',
				);
				expect(await dindctl('logs', 'web', '--since', '1h')).to.deep.equal({ code: 0, output: 'begun\n' });
				const all = (await dindctl('logs', '-t')).output;
				expect(all)
					.to.match(/^web {8}\| \d{4}-\S+Z begun$/m)
					.and.to.match(/^supervisor \| \d{4}-\S+Z \[info\]/m);
				expect(all).not.to.include('/v2/state/status');
			});

			it('continues after a stop with the release and the port that it had', async () => {
				expect((await dindctl('stop', '--keep')).code).to.equal(0);
				const stopped = await dindctl('status');
				expect(stopped.output).to.equal('The device is stopped, and its data is kept. Start it with dindctl run.\n');
				expect(stopped.code).to.equal(4);
				const { code, output } = await dindctl('run');
				expect(output)
					.to.match(/\nRelease \w+, as before\n/)
					.and.not.include('\nImages\n');
				expect(code, output).to.equal(0);
				expect((await dindctl('status')).output)
					.to.include(`http://127.0.0.1:${PORT}\n`)
					.and.to.include('  web ');
			});

			it('runs another one beside it, without a cloud, that follows a compose file', async () => {
				const NAME = ['--name', 'other'];
				const { code, output } = await dindctl('run', ...NAME, '--no-cloud', join(folder, 'compose.yml'));
				expect(code, output).to.equal(0);
				expect(output).to.include('dindctl release --name other FILE');
				const { output: status } = await dindctl('status', ...NAME);
				expect(status).to.include('device      on target\n').and.to.include('\ncloud       none\n');
				const [address = ''] = (await dindctl('open', ...NAME, 'web')).output.split('\n');
				expect(await (await fetch(address)).text()).to.equal('hello\n');
				expect((await dindctl('open', 'web')).output).not.to.include(address);
			});

			it('ends with the reason when a release crashes, and shows the output of a build that fails', async () => {
				const crash = 'web: {image: device-base, command: [sh, -c, "sleep 0.1; exit 7"], prots: [x]}';
				const { code, output } = await dindctl('release', write('crash.yml', crash));
				expect(output).to.include('Ignoring unsupported or unknown compose fields: prots (services.web)');
				expect(output).to.match(/\ndindctl: Release \w+ does not run: web ends by itself \(exit code 7\)/);
				expect(code).to.equal(1);
				const status = await dindctl('status');
				expect(status.output).to.match(/^device {6}not on target since .*\n {12}web ends by itself \(exit code 7\)/);
				expect(status.code).to.equal(3);
				mkdirSync(join(folder, 'context'));
				writeFileSync(join(folder, 'context/Dockerfile'), 'FROM device-base\nRUN echo the cause >&2; false\n');
				const built = await dindctl('release', write('build.yml', 'web: {build: ./context}'));
				expect(built.output).to.match(/\nthe cause\n[^]*\ndindctl: Service web cannot be built: /);
				expect(built.code).to.equal(1);
			});
		});

		it('does not take over a folder that holds something else', async () => {
			writeFileSync(join(folder, 'mine'), '');
			const { output } = await dindctl('run', '--directory', folder);
			expect(output).to.equal(`dindctl: ${folder} holds something else. Choose another --directory.\n`);
		});
	});
});
