import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { expect } from 'chai';
import { COMMON } from '../../../build-utils/bundle.ts';
import { RebootMarkFile, UpdateLockFiles } from '../../../src/adapters/files/index.ts';
import { SystemClock } from '../../../src/adapters/system/index.ts';
import { openAt, openTargets, targetOf } from '../../support/power-cut/target-writer.ts';
import { writeCases, type Files, type WriteCase } from '../../support/power-cut/write-cases.ts';
import { Random } from '../../support/random.ts';

const CUTS = 460;
const DATABASE_CUTS = 40;
/** From the start of the process: while it opens the file, and while it writes. */
const DATABASE_CUT_MS_MAX = 60;
const PROJECT = join(import.meta.dirname, '../../..');
/** What a cut may leave beside the files: never read under these names. */
const LEFT_OVER = /\.new$|\/\.[0-9a-f]{16}\.updates\.lock$/;
const LOCK_UID = 65_534;

interface Ended {
	readonly signal: NodeJS.Signals | null;
	readonly output: string;
}

/** One write of each file, and a power cut at a random place in it; each failure names its seed. */
describe('a power cut while a file is written', function () {
	this.timeout(180_000);
	let home: string;
	let program: string;

	before(async () => {
		home = mkdtempSync(join(tmpdir(), 'cuts-'));
		program = join(home, 'child.js');
		symlinkSync(join(PROJECT, 'node_modules'), join(home, 'node_modules'));
		await build({
			...COMMON,
			entryPoints: [join(PROJECT, 'test/support/power-cut/child.ts')],
			outfile: program,
			bundle: true,
			packages: 'external',
		});
	});
	after(() => {
		rmSync(home, { recursive: true });
	});

	async function run(folder: string, ...args: readonly (string | number)[]): Promise<Ended> {
		const child = spawn(process.execPath, [program, folder, ...args.map(String)], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		let output = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
		const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
		if (signal !== 'SIGKILL') expect(code, args.join(' ')).to.equal(0);
		return { signal, output };
	}

	function newDevice(files: Files): string {
		const folder = mkdtempSync(join(home, 'device-'));
		for (const [path, content] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, path)), { recursive: true });
			writeFileSync(join(folder, path), content ?? '');
		}
		for (const directory of ['extlinux', 'splash']) mkdirSync(join(folder, directory), { recursive: true });
		return folder;
	}

	it(`leaves each file old or new, and the next write removes what it left: ${CUTS} cuts`, async () => {
		const lengths = new Map<string, number>();
		for (const { name, before } of writeCases(1)) {
			lengths.set(name, Number((await run(newDevice(before), 1, 0, name)).output));
		}
		const seeds = Array.from({ length: CUTS }, (_, index) => index + 1);
		const work = async () => {
			for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) await cutOnce(seed, lengths);
		};
		await Promise.all([work(), work()]); // most of the time is the start of a process
	});

	async function cutOnce(seed: number, lengths: ReadonlyMap<string, number>): Promise<void> {
		const cases = writeCases(seed);
		const one = cases[seed % cases.length];
		const length = lengths.get(one?.name ?? '') ?? 0;
		if (one === undefined || length === 0) throw new Error('there is nothing to cut');
		const round = Math.ceil(seed / cases.length);
		// Each place once, and then any.
		const cutAt = round <= length ? round : 1 + new Random(seed).below(length);
		const what = `seed ${seed}, ${one.name}, cut at ${cutAt} of ${length}`;
		const folder = newDevice(one.before);
		expect((await run(folder, seed, cutAt, one.name)).signal, what).to.equal('SIGKILL');
		judgeCut(one, folder, what);
		await judgeNextStart(one, folder, what);
		rmSync(folder, { recursive: true });
	}

	it(`leaves the database with one target and one set of settings: ${DATABASE_CUTS} cuts`, async () => {
		const random = new Random(1);
		const folder = newDevice({});
		await (await openAt(folder)).close();
		let last = 0;
		for (let seed = 1; seed <= DATABASE_CUTS; seed += 1) {
			const { signal } = await run(folder, seed, 1 + random.below(DATABASE_CUT_MS_MAX), 'database');
			expect(signal).to.equal('SIGKILL');
			last = Math.max(last, await judgeDatabase(folder, `seed ${seed}`));
		}
		expect(last, 'targets that were stored').to.be.greaterThan(0);
	});
});

/** Each is old or new, byte for byte. */
function judgeCut(one: WriteCase, folder: string, what: string): void {
	for (const path of pathsOf(folder).filter((name) => !(name in one.before) && !(name in one.after))) {
		expect(LEFT_OVER.test(`/${path}`), `${what}: ${path} was left`).to.equal(true);
	}
	for (const path of new Set([...Object.keys(one.before), ...Object.keys(one.after)])) {
		const allowed = [one.before[path], one.after[path], ...(one.between?.[path] ?? [])];
		const found = readIfThere(join(folder, path));
		const isMixed = one.isDevice === true && found?.length === one.before[path]?.length;
		const isRight = isMixed ? isEachByteOf(found, allowed) : allowed.includes(found) || isNew(one, found);
		const shown = found === undefined ? 'absent' : `${found.length} bytes, "${found.slice(0, 12)}…"`;
		expect(isRight, `${what}: ${path} is neither old nor new: ${shown}`).to.equal(true);
	}
	if (one.name === 'apps.json') {
		const kept = ['apps.json', 'apps.json.preloaded'].map((path) => readIfThere(join(folder, path)));
		expect(kept.includes(one.before['apps.json']), `${what}: the apps are lost`).to.equal(true);
	}
}

function isNew({ isNew: judge }: WriteCase, found: string | undefined): boolean {
	return found !== undefined && judge?.(found) === true;
}

function isEachByteOf(found: string | undefined, allowed: readonly (string | undefined)[]): boolean {
	return Array.from(found ?? '').every((byte, index) => allowed.some((content) => content?.[index] === byte));
}

/** The supervisor starts again, reads what is there, and writes the same once more. */
async function judgeNextStart(one: WriteCase, folder: string, what: string): Promise<void> {
	const mark = new RebootMarkFile({ rootPath: folder, clock: new SystemClock() });
	expect(await mark.state(), what).to.equal(
		pathsOf(folder).some((path) => path.endsWith('-apply')) ? 'required' : 'none',
	);
	for (const [appId, services] of await new UpdateLockFiles(folder).held()) {
		for (const service of services) {
			const path = join(folder, `tmp/balena-supervisor/services/${appId}/${service}/updates.lock`);
			expect(statSync(path).uid, what).to.equal(LOCK_UID);
		}
	}
	await one.write(folder);
	const wanted = Object.keys(one.after).sort();
	expect(pathsOf(folder), `${what}: after the next write`).to.deep.equal(wanted);
	for (const path of wanted) {
		const found = readIfThere(join(folder, path));
		expect(found === one.after[path] || isNew(one, found), `${what}: ${path} after the next write`).to.equal(true);
	}
}

/** Returns the number of the target that is stored. */
async function judgeDatabase(folder: string, what: string): Promise<number> {
	const database = await openAt(folder);
	try {
		const target = await openTargets(database).read();
		const settings = await database.settings.read(['name', 'initialConfigReported', 'reportedTags']);
		const n = Number(target?.config['SUPERVISOR_POLL_INTERVAL'] ?? 0);
		if (target !== undefined) expect(target, what).to.deep.equal(targetOf(n));
		expect(settings.get('name'), what).to.equal(n === 0 ? undefined : `target ${n}`);
		const pair = [settings.get('initialConfigReported'), settings.get('reportedTags')];
		if (pair[0] !== undefined) expect(pair[1], what).to.equal(`{"n":"${pair[0]}"}`);
		return n;
	} finally {
		await database.close();
	}
}

function pathsOf(folder: string): readonly string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => !entry.isDirectory())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)))
		.sort();
}

function readIfThere(path: string): string | undefined {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return undefined; // it is not there
	}
}
