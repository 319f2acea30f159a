import { chmod, readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { explainFatrw, FatFile, FileError } from '../../../../src/adapters/files/index.ts';
import { explainUnusable, judgeHeader } from '../../../../src/adapters/files/unusable-program.ts';
import { makeTempDirectory, rejectionOf } from '../sqlite/raw-database.ts';

/** The start of a program for Linux: 64 or 32 bits, of either byte order. */
function elfHeader(machine: number, { is64 = true, isBig = false } = {}): Buffer {
	const header = Buffer.alloc(64);
	header.write('\x7fELF', 'latin1');
	header.set([is64 ? 2 : 1, isBig ? 2 : 1, 1], 4);
	for (const [value, offset] of [
		[2, 16], // executable
		[machine, 18],
	] as const) {
		if (isBig) header.writeUInt16BE(value, offset);
		else header.writeUInt16LE(value, offset);
	}
	return header;
}
const ARM = 40;
const AARCH64 = 183;
/** Not that of this machine. */
const FOREIGN = process.arch === 'arm64' ? 62 : AARCH64;
const FOREIGN_NAME = process.arch === 'arm64' ? 'amd64' : 'aarch64';

describe('a program that is installed and cannot be executed', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let program: string;
	let path: string;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		program = `${directory.path}/fatrw`;
		path = `${directory.path}/config.json`;
		await writeFile(path, '{"a":1}');
	});
	afterEach(() => directory.remove());

	async function install(content: string | Uint8Array, mode = 0o755): Promise<void> {
		await writeFile(program, content);
		await chmod(program, mode);
	}

	it('says for which architecture it is built', () => {
		expect(judgeHeader(elfHeader(AARCH64), 'arm')).to.equal('it is built for aarch64, the supervisor for arm');
		expect(judgeHeader(elfHeader(ARM, { is64: false }), 'x64')).to.equal(
			'it is built for arm, the supervisor for amd64',
		);
		expect(judgeHeader(elfHeader(22, { isBig: true }), 's390x')).to.equal(
			'it is built for the machine 22 of ELF, the supervisor for s390x',
		);
		expect(judgeHeader(elfHeader(ARM), 'arm')).to.equal('its loader is missing, or it is damaged');
		expect(judgeHeader(Buffer.from('#!/no/such/shell\n'), 'arm')).to.equal('its interpreter is missing');
		for (const bytes of [Buffer.alloc(0), Buffer.alloc(64), elfHeader(ARM).subarray(0, 10)]) {
			expect(judgeHeader(bytes, 'arm')).to.equal('it is damaged');
		}
	});

	const cases = {
		'of another architecture': [elfHeader(FOREIGN), 0o755, new RegExp(`it is built for ${FOREIGN_NAME}, the sup`)],
		'without permission': [elfHeader(FOREIGN), 0o644, /it is not marked as executable$/],
		'without its interpreter': ['#!/no/such/shell\n', 0o755, /its interpreter is missing$/],
	} as const;
	for (const [name, [content, mode, reason]] of Object.entries(cases)) {
		it(`is named, ${name}: the file is read without it, and not written`, async () => {
			await install(content, mode);
			const file = new FatFile(path, program);
			expect(await file.read()).to.equal('{"a":1}');
			for (const write of [() => file.write('{}'), () => file.replace('{}', '{"a":1}')]) {
				const error = await rejectionOf(write());
				expect(error.code).to.equal('file-unwritable');
				expect(error.message)
					.to.match(/^Write failed with error: cannot execute .*\/fatrw: /)
					.and.include(path);
				expect(error.message.replace(` (${path})`, '')).to.match(
					new RegExp(reason.source.replace(/the sup$/, 'the supervisor for')),
				);
			}
			expect(await readFile(path, 'utf8')).to.equal('{"a":1}');
			expect(await explainFatrw(program)).to.match(reason);
		});
	}

	it('is not bypassed while a write of the file is interrupted: the file may be half written', async () => {
		await install(elfHeader(FOREIGN));
		await writeFile(`${directory.path}/.other.json.ab12cd34.0123456789abcdef0123456789abcdef.md5sum`, '');
		expect(await new FatFile(path, program).read()).to.equal('{"a":1}');
		await writeFile(`${directory.path}/.config.json.ab12cd34.0123456789abcdef0123456789abcdef.md5sum`, '');
		const error = await rejectionOf(new FatFile(path, program).read());
		expect(error.code).to.equal('file-unreadable');
		expect(error.message).to.match(/^Failed to read file .*: cannot execute .*; a write was interrupted$/);
	});

	it('is recognised where the system itself refuses the format, as in the image', async () => {
		await install(elfHeader(FOREIGN));
		const refusal = (code: string) => {
			const cause = Object.assign(new Error('spawn'), { code });
			return { state: 'failed', error: new FileError('program-failed', 'cannot start', { cause }) } as const;
		};
		expect(await explainUnusable(program, refusal('ENOEXEC'))).to.include(`it is built for ${FOREIGN_NAME}`);
		expect(await explainUnusable(program, refusal('EMFILE'))).to.equal(undefined);
	});

	it('is another case than one that is missing, or that runs and fails', async () => {
		expect(await explainFatrw('no-such-program')).to.equal(undefined);
		expect(await explainFatrw(`${directory.path}/none/fatrw`)).to.equal(undefined);
		for (const code of [0, 1, 2, 126, 127]) {
			await install(`#!/bin/sh\nexit ${code}\n`);
			expect(await explainFatrw(program), String(code)).to.equal(undefined);
		}
		expect((await rejectionOf(new FatFile(path, program).read())).message).to.include('(exit code 127)');
	});
});
