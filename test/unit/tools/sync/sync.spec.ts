import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { makeLiveDockerfile } from '../../../../tools/sync/live-dockerfile.ts';
import { parseOptions } from '../../../../tools/sync/options.ts';
import { logLines, StageIds } from '../../../../tools/sync/remote-engine.ts';
import { isWatched } from '../../../../tools/sync/watch-project.ts';

const PROJECT = join(import.meta.dirname, '../../../..');
const run = promisify(execFile);

describe('npm run sync', () => {
	it('dev-tools #23: lists its options, and refuses a missing or unknown architecture', async () => {
		const main = ['--import', 'tsx', join(PROJECT, 'tools/sync/main.ts')];
		const { stdout } = await run(process.execPath, [...main, '--help'], { cwd: PROJECT });
		for (const option of ['-a, --device-arch', '-i, --image-name', '-t, --image-tag', '--nocache', '-h, --help']) {
			expect(stdout).to.include(option);
		}
		const refused = await run(process.execPath, [...main, '10.0.0.1'], { cwd: PROJECT }).catch(
			(error: unknown) => error,
		);
		expect(refused).to.include({ code: 1, stderr: 'sync: --device-arch is missing. See npm run sync -- --help.\n' });
		expect(() => parseOptions(['10.0.0.1', '-a', 'riscv64'], '1.2.3')).to.throw('There is no architecture riscv64');
		expect(() => parseOptions(['-a', 'rpi'], '1.2.3')).to.throw('The address of the device is missing');
		expect(() => parseOptions(['a', 'b', '-a', 'rpi'], '1.2.3')).to.throw('Too much: b');
		expect(() => parseOptions(['a', '-a', 'rpi', '--bogus'], '1.2.3')).to.throw("Unknown option '--bogus'");
		expect(parseOptions(['a.local', '-a', 'rpi', '--nocache'], '1.2.3')).to.deep.equal({
			address: 'a.local',
			arch: 'rpi',
			image: 'livepush-supervisor-1.2.3',
			tag: 'latest',
			usesCache: false,
		});
	}).timeout(30_000);

	it('makes of our own template an image whose command watches the sources, and that runs no tests', () => {
		const live = makeLiveDockerfile(readFileSync(join(PROJECT, 'Dockerfile.template'), 'utf8'));
		expect(live.text).to.match(/COPY \. \.\n[^]*CMD \["\/bin\/sh", "-c", "LIVEPUSH=1 \.\/entry\.sh"\]\n$/);
		expect(live.text).not.to.include('npm test');
		expect(live.text).not.to.include('build-prod');
		expect(live.text).to.include('ARG ARCH=%%BALENA_ARCH%%');
		expect(live.copied).to.deep.equal(['entry.sh']);
		expect(live.built).to.deep.equal([
			'build-utils/rust-arch.sh',
			'package.json',
			'package-lock.json',
			'build-utils/setup-journal.sh',
		]);
	});

	it('says that a template without a live command has none', () => {
		expect(() => makeLiveDockerfile('FROM scratch\n')).to.throw('Dockerfile.template has no live command');
	});

	it('finds the last image of each stage in what the engine prints', () => {
		const ids = new StageIds();
		const lines = [
			'Step 1/4 : FROM a AS x',
			' ---> 0123456789ab',
			'Step 2/4 : RUN b',
			' ---> Using cache',
			' ---> 1123456789ab',
		];
		for (const line of [...lines, 'Step 3/4 : FROM x', ' ---> 1123456789ab', 'Step 4/4 : COPY c c'])
			ids.see(`${line}\n`);
		ids.see(' ---> 2123456789ab\n');
		expect(ids.list()).to.deep.equal(['1123456789ab', '2123456789ab']);
	});

	it('watches sources, and neither tests nor packages nor hidden files', () => {
		const watched = ['src/app.ts', 'src/a/b.ts', 'typings/build.d.ts', 'entry.sh', 'package.json'];
		const ignored = ['.git/HEAD', 'src/.app.ts.swp', 'node_modules/knex/a.js', 'test/unit/a.ts', 'tools/sync/sync.ts'];
		expect([...watched, ...ignored].filter(isWatched)).to.deep.equal(watched);
	});

	it('reads lines of a log whatever way the engine cuts them', async () => {
		const frame = (text: string) => {
			const head = Buffer.alloc(8);
			head[0] = 1;
			head.writeUInt32BE(Buffer.byteLength(text), 4);
			return Buffer.concat([head, Buffer.from(text)]);
		};
		const bytes = Buffer.concat([frame('one\ntw'), frame('o ü\n'), frame('three\n')]);
		for (let size = 1; size <= bytes.length; size++) {
			const chunks = async function* () {
				for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
			};
			const lines: string[] = [];
			for await (const line of logLines(chunks())) lines.push(line);
			expect(lines).to.deep.equal(['one', 'two ü', 'three']);
		}
	});
});
