import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { RemoteEngine } from '../../../tools/sync/remote-engine.ts';
import type { RemoteShell } from '../../../tools/sync/ssh.ts';
import { sync } from '../../../tools/sync/sync.ts';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';

const IMAGE = 'livepush-supervisor-test';
/** As the unit of a device: it starts the image of the file, in place of what was there. */
const SYSTEMCTL = `#!/bin/sh
echo "$*" >>"$STATE/calls"
case $1 in
list-unit-files) echo 'balena-supervisor.service enabled' ;;
start)
	. "$STATE/tmp/update-supervisor.conf"
	docker run --detach --name balena_supervisor "$SUPERVISOR_IMAGE:$SUPERVISOR_TAG" >/dev/null
	;;
esac
`;
const TEMPLATE = `ARG ARCH=%%BALENA_ARCH%%
FROM BASE AS build-base
COPY package.json ./
FROM BASE AS test
ARG ARCH
WORKDIR /usr/src/app
COPY . .
RUN echo "built for $ARCH" >built
#dev-copy=entry.sh .
#dev-cmd-live=LIVEPUSH=1 sh ./entry.sh
RUN exit 1
FROM test
`;
const ENTRY = `trap 'exit 0' TERM
echo "start $(cat built) live=$LIVEPUSH"
while :; do cat src/said 2>/dev/null; sleep 0.2; done
`;

describe('npm run sync, on a real engine', function () {
	this.timeout(120_000);
	let real: RealEngine;
	let folder: string;
	let project: string;
	let shell: RemoteShell;
	let end: AbortController;
	let session: Promise<void>;
	let printed = '';

	before(async () => {
		real = await requireEngine();
	});
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'sync-test-'));
		project = join(folder, 'project');
		for (const path of ['project/src', 'project/test', 'project/node_modules', 'tmp', 'bin']) {
			mkdirSync(join(folder, path), { recursive: true });
		}
		const files = {
			'Dockerfile.template': TEMPLATE.replaceAll('BASE', real.base),
			'entry.sh': ENTRY,
			'package.json': '{}',
			'src/said': 'first\n',
			'test/said': 'tests\n',
			'node_modules/big': 'big\n',
		};
		for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text);
		writeFileSync(join(folder, 'bin/systemctl'), SYSTEMCTL, { mode: 0o755 });
		shell = localShell(folder, real.host);
		printed = '';
		end = new AbortController();
		session = sync({
			project,
			options: { address: 'device', arch: 'aarch64', image: IMAGE, tag: 'latest', usesCache: true },
			engine: new RemoteEngine({ socketPath: real.socketPath }),
			shell,
			print: (text) => (printed += text),
			signal: end.signal,
		});
	});
	afterEach(async () => {
		end.abort();
		await session.catch(() => undefined);
		await real.docker('rm', '--force', 'balena_supervisor').catch(() => undefined);
		await real.docker('rmi', '--force', `${IMAGE}:latest`).catch(() => undefined);
		rmSync(folder, { recursive: true, force: true });
	});
	after(async () => {
		await real.dispose();
	});

	async function waitFor(text: string): Promise<void> {
		for (let n = 0; !printed.includes(text); n++) {
			if (n === 300) throw new Error(`"${text}" was not printed: ${printed.slice(-2000)}`);
			await Promise.race([sleep(200), session.then(() => expect.fail(`it has ended: ${printed}`))]);
		}
	}

	const inside = (...command: readonly string[]) => real.docker('exec', 'balena_supervisor', ...command);

	it('dev-tools #24: builds with labels and arguments and without packages, and restarts the unit around the new name', async () => {
		await waitFor('first');
		expect(printed).to.include('built for aarch64 live=1');
		const labels = await real.docker('inspect', '--format', '{{json .Config.Labels}}', `${IMAGE}:latest`);
		expect(JSON.parse(labels)).to.include({ 'io.balena.livepush-image': '1', 'io.balena.architecture': 'aarch64' });
		expect((await inside('ls', 'node_modules').catch(() => 'none')).trim()).to.equal('none');
		expect(readFileSync(join(folder, 'tmp/update-supervisor.conf'), 'utf8')).to.equal(
			`SUPERVISOR_IMAGE=${IMAGE}\nSUPERVISOR_TAG=latest\nLED_FILE=/dev/null\n`,
		);
		expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').slice(1)).to.deep.equal([
			'stop balena-supervisor',
			'start balena-supervisor',
		]);
		const ids = JSON.parse(readFileSync(join(folder, 'tmp/livepush-cache.json'), 'utf8')) as readonly string[];
		expect(ids).to.have.length(2);
		expect(printed).to.match(/Supervisor container: [0-9a-f]{64}\n/);
	});

	it('dev-tools #25: copies and removes files of src, leaves those of test, restarts for entry.sh, and ends when asked', async () => {
		await waitFor('first');
		await sleep(300); // the watch begins with the logs
		writeFileSync(join(project, 'src/said'), 'second\n');
		writeFileSync(join(project, 'test/said'), 'changed\n');
		await waitFor('second');
		expect(await inside('cat', 'test/said')).to.equal('tests\n');
		expect(printed).to.include('Copying src/said').and.not.to.include('Copying test/said');
		writeFileSync(join(project, 'entry.sh'), ENTRY.replace('start', 'again'));
		await waitFor('Restarting container');
		await waitFor('again built for aarch64');
		expect(printed.split('start built').length, 'no line twice').to.equal(2);
		rmSync(join(project, 'src/said'));
		await waitFor('Removing src/said');
		await real.eventually(async () => (await inside('ls', 'src')).trim() === '');
		end.abort();
		await session;
		expect(printed).to.match(/Cleaning up\. Please wait \.\.\.\n$/);
	});
});

/** What ssh would run on the device, here: its /tmp is a folder, its systemctl a stand-in. */
function localShell(folder: string, host: string): RemoteShell {
	return {
		run: async (line, input = '') => {
			const env = {
				...process.env,
				PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`,
				STATE: folder,
				DOCKER_HOST: host,
			};
			const child = spawn('sh', ['-c', line.replaceAll('/tmp/', `${folder}/tmp/`)], {
				env,
				stdio: ['pipe', 'pipe', 'inherit'],
			});
			let output = '';
			child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
			child.stdin.end(input);
			const [code] = (await once(child, 'close')) as [number | null];
			if (code !== 0) throw new Error(`exit code ${code ?? 'none'} of ${line}`);
			return output;
		},
	};
}
