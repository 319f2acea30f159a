import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PROJECT } from './sources.ts';

/** The table of the specification (spec: dev-tools 1). */
const TABLE = [
	{ name: 'amd64', machines: ['x86_64'], apk: 'x86_64', rust: 'x86_64-unknown-linux-musl' },
	{ name: 'aarch64', machines: ['aarch64', 'arm64'], apk: 'aarch64', rust: 'aarch64-unknown-linux-musl' },
	{ name: 'armv7hf', machines: ['armv7l'], apk: 'armv7', rust: 'armv7-unknown-linux-musleabihf' },
	{ name: 'rpi', machines: ['armv6l'], apk: 'armhf', rust: 'arm-unknown-linux-musleabihf' },
	{ name: 'i386', machines: ['i686', 'i386'], apk: 'x86', rust: 'i686-unknown-linux-musl' },
];

interface Machine {
	/** What the kernel says. */
	readonly uname: string;
	/** What the image is made for; absent: there is no apk. */
	readonly apk?: string;
}

describe('the architecture scripts', () => {
	let folder = '';
	beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'architecture-'))));
	afterEach(() => rmSync(folder, { recursive: true }));

	/** In a shell whose only programs are these stand-ins and `dirname`. */
	function runOn({ uname, apk }: Machine, command: string, env: Readonly<Record<string, string>> = {}) {
		const install = (name: string, script: string) => {
			writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
			chmodSync(join(folder, name), 0o755);
		};
		install('uname', `[ "$*" = -m ] && echo ${uname}`);
		if (apk !== undefined) install('apk', `[ "$*" = --print-arch ] && echo ${apk}`);
		rmSync(join(folder, 'dirname'), { force: true });
		symlinkSync('/usr/bin/dirname', join(folder, 'dirname'));
		const run = spawnSync('/bin/sh', ['-c', command], {
			cwd: PROJECT,
			env: { ...env, PATH: folder },
			encoding: 'utf8',
		});
		return { code: run.status, stdout: run.stdout.trim(), stderr: run.stderr.trim() };
	}
	const is = (stdout: string) => ({ code: 0, stdout, stderr: '' });
	const isUnknown = (name: string) => ({ code: 1, stdout: '', stderr: `Unknown architecture ${name}` });

	it('dev-tools #1: name what the kernel says, outside of an image', () => {
		for (const { name, machines } of TABLE) {
			for (const uname of machines) {
				expect(runOn({ uname }, 'build-utils/detect-arch.sh'), uname).to.deep.equal(is(name));
			}
		}
		expect(runOn({ uname: 'riscv64' }, 'build-utils/detect-arch.sh')).to.deep.equal(isUnknown('riscv64'));
	});

	it('dev-tools #2: name what apk says, in an image of 32 bits on a machine of 64 bits too', () => {
		for (const { name, apk, rust } of TABLE) {
			for (const uname of ['x86_64', 'aarch64']) {
				const on = { uname, apk };
				expect(runOn(on, 'build-utils/apk-print-arch.sh'), apk).to.deep.equal(is(name));
				expect(runOn(on, 'build-utils/detect-arch.sh'), apk).to.deep.equal(is(name));
				expect(runOn(on, 'build-utils/rust-arch.sh'), apk).to.deep.equal(is(rust));
			}
		}
		const unknown = { uname: 'riscv64', apk: 'riscv64' };
		expect(runOn(unknown, 'build-utils/apk-print-arch.sh')).to.deep.equal(is('riscv64'));
		expect(runOn(unknown, 'build-utils/detect-arch.sh')).to.deep.equal(isUnknown('riscv64'));
		expect(runOn(unknown, 'build-utils/rust-arch.sh')).to.deep.equal(isUnknown('riscv64'));
	});

	it('fail where apk fails', () => {
		writeFileSync(join(folder, 'apk'), '#!/bin/sh\nexit 99\n', { mode: 0o755 });
		for (const name of ['apk-print-arch', 'detect-arch', 'rust-arch']) {
			expect(runOn({ uname: 'x86_64' }, `build-utils/${name}.sh`).code, name).to.equal(99);
		}
	});

	it('dev-tools #3: refuse, in the test stage, an image of another architecture', () => {
		const check = findTestOfArchitecture();
		for (const { name, apk } of TABLE) {
			const on = { uname: 'aarch64', apk };
			for (const wanted of TABLE) {
				const message = `Image architecture (${name}) does not match the target architecture (${wanted.name})`;
				const expected = wanted.name === name ? is('') : { code: 1, stdout: '', stderr: message };
				expect(runOn(on, check, { ARCH: wanted.name }), `${apk} for ${wanted.name}`).to.deep.equal(expected);
			}
		}
		expect(runOn({ uname: 'riscv64', apk: 'riscv64' }, check, { ARCH: 'amd64' }).stderr).to.equal(
			'Image architecture (riscv64) does not match the target architecture (amd64)',
		);
	});
});

/** The command of the Dockerfile itself. A backslash before a line end means the same to its reader and to the shell. */
function findTestOfArchitecture(): string {
	const stages = readFileSync(join(PROJECT, 'Dockerfile.template'), 'utf8').split(/^FROM /m);
	const stage = stages.find((text) => /^.* AS test\n/.test(text)) ?? '';
	const commands = [...stage.matchAll(/^RUN ((?:.*\\\n)*.*)$/gm)].map(([, command = '']) => command);
	const found = commands.filter((command) => command.includes('does not match'));
	expect(found).to.have.length(1);
	return found[0]!;
}
