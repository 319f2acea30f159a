import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';

const PROJECT = join(import.meta.dirname, '../../../..');
/** Prints its start and end, and of another one at the same time; what it installs says `ran` and ends. */
const NPM = `#!/bin/sh
mkdir busy || { echo overlap >>log; exit 1; }
echo begin >>log
sleep \${NPM_SECONDS:-0.1}
mkdir -p node_modules/tsx/dist
echo 'console.log("ran"); process.exit(0);' >node_modules/tsx/dist/loader.mjs
touch node_modules/.package-lock.json
rmdir busy
echo end >>log
`;

describe('dindctl in a fresh checkout', function () {
	let root = '';
	beforeEach(() => {
		root = mkdtempSync(join(tmpdir(), 'dindctl-script-'));
		mkdirSync(join(root, 'tools/dind'), { recursive: true });
		for (const name of ['dindctl', 'tools/dind/usage.txt']) copyFileSync(join(PROJECT, name), join(root, name));
		writeFileSync(join(root, 'package-lock.json'), '{}');
		writeFileSync(join(root, 'npm'), NPM);
		chmodSync(join(root, 'npm'), 0o755);
	});
	afterEach(() => rmSync(root, { recursive: true, force: true }));

	function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
		return spawn(join(root, 'dindctl'), args, {
			env: { ...process.env, PATH: `${root}:${process.env['PATH'] ?? ''}`, ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
			detached: true,
		});
	}

	async function end(child: ChildProcess): Promise<{ readonly code: number; readonly output: string }> {
		let output = '';
		for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
		const [code] = (await once(child, 'close')) as [number];
		return { code, output };
	}

	const readLog = () => (existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8').split('\n') : []);

	it('explains itself and its commands without installing anything', async () => {
		for (const [args, status] of [
			[['--help'], 0],
			[['help'], 0],
			[[], 1],
			[['run', '--help'], 1],
			[['release', 'x.yml', '-h'], 1],
		] as const) {
			const { code, output } = await end(start(args));
			expect([code, output]).to.deep.include(status);
			expect(output).to.match(
				/^Usage: dindctl COMMAND|The options of \w+ can be shown when the packages are installed/,
			);
		}
		expect(readLog()).to.deep.equal([]);
	});

	it('prints its version without installing anything', async () => {
		writeFileSync(join(root, 'package.json'), '{\n\t"name": "x",\n\t"version": "1.2.3"\n}\n');
		for (const word of ['--version', '-V', 'version']) {
			expect(await end(start([word]))).to.deep.equal({ code: 0, output: 'dindctl 1.2.3\n' });
		}
		expect(readLog()).to.deep.equal([]);
	});

	it('passes on how it was called', async () => {
		writeFileSync(join(root, 'npm'), NPM.replace('"ran"', 'process.env.DINDCTL_TYPED'));
		await end(start(['status']));
		for (const [line, typed] of [
			['"$1/dindctl" status', `${root}/dindctl`],
			['cd "$1" && ./dindctl status', './dindctl'],
			['PATH=$1:$PATH dindctl status', 'dindctl'],
		] as const) {
			const child = spawn('sh', ['-c', line, 'sh', root], { stdio: ['ignore', 'pipe', 'ignore'] });
			expect((await end(child)).output).to.equal(`${typed}\n`);
		}
	});

	it('names every command', () => {
		const main = readFileSync(join(PROJECT, 'tools/dind/main.ts'), 'utf8');
		const usage = readFileSync(join(PROJECT, 'tools/dind/usage.txt'), 'utf8');
		const commands = [...main.matchAll(/import \{ (\w+)Command \}/g)].map(([, name = '']) => name);
		expect(commands).to.include('release');
		for (const name of commands) expect(usage).to.match(new RegExp(`^ {2}${name} +\\w`, 'm'));
	});

	it('installs packages once, however many are started together', async () => {
		const ends = await Promise.all([start(['status']), start(['status']), start(['status'])].map(end));
		for (const { output } of ends) expect(output).to.match(/ran\n$/);
		expect(readLog()).to.deep.equal(['begin', 'end', '']);
	});

	it('does not wait for one that was killed', async () => {
		const killed = start(['status'], { NPM_SECONDS: '60' });
		while (!readLog().includes('begin')) await sleep(10);
		process.kill(-(killed.pid ?? NaN), 'SIGKILL');
		rmSync(join(root, 'busy'), { recursive: true });
		expect((await end(start(['status']))).output).to.equal('Installing packages, once: one to six minutes\nran\n');
	});
});
