import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutate, type Mutant } from './mutant.ts';

const PROJECT = join(import.meta.dirname, '../..');
const COPIED = [
	'src',
	'test',
	'tools',
	'migrations',
	'build-utils',
	'typings',
	'package.json',
	'tsconfig.json',
	'.mocharc.json',
];

interface TestSet {
	readonly name: string;
	readonly files: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	readonly timeoutMs: number;
}

/** Cheapest first: the first failing test has caught the mutant. */
export const TEST_SETS: readonly TestSet[] = [
	{
		name: 'unit',
		files: [
			'test/unit/application-manager/planner/**/*.spec.ts',
			'test/unit/domain/*.spec.ts',
			'test/unit/device-state/*.spec.ts',
			'test/unit/device-state/reasons/*.spec.ts',
			'test/unit/device-state/local-mode/*.spec.ts',
			'test/unit/device-state/requests/*.spec.ts',
		],
		environment: {},
		timeoutMs: 30_000,
	},
	{ name: 'golden', files: ['test/golden/*.spec.ts'], environment: {}, timeoutMs: 30_000 },
	{ name: 'model', files: ['test/model/*.spec.ts'], environment: { MODEL_SHARE: '200' }, timeoutMs: 120_000 },
	{
		name: 'simulation',
		files: ['test/simulation/*.spec.ts'],
		environment: { SIMULATION_SEEDS: '60', SIMULATION_FROM: '1' },
		timeoutMs: 120_000,
	},
];

/** A copy of the tree that may be broken. */
export interface Copy {
	readonly folder: string;
}

export interface Verdict {
	readonly isCaught: boolean;
	/** The tests that caught it, or why it counts as not caught. */
	readonly by: string;
	readonly ms: number;
}

export function makeCopy(): Copy {
	const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
	for (const name of COPIED) {
		cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
	}
	symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
	return { folder };
}

export function removeCopy({ folder }: Copy): void {
	rmSync(folder, { recursive: true, force: true });
}

export async function tryMutant(mutant: Mutant, copy: Copy): Promise<Verdict> {
	const startedAt = performance.now();
	const verdict = (isCaught: boolean, by: string) => ({ isCaught, by, ms: performance.now() - startedAt });
	const file = join(copy.folder, mutant.file);
	const original = readFileSync(file, 'utf8');
	const mutated = mutate(original, mutant);
	if (mutated === undefined) {
		return verdict(false, 'not found');
	}
	writeFileSync(file, mutated);
	try {
		for (const set of TEST_SETS) {
			const { isPassed } = await runTests(copy, set);
			if (!isPassed) {
				return verdict(true, set.name);
			}
		}
		return verdict(false, '');
	} finally {
		writeFileSync(file, original);
	}
}

export async function runTests(
	{ folder }: Copy,
	{ files, environment, timeoutMs }: TestSet,
): Promise<{ readonly isPassed: boolean; readonly output: string }> {
	const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
	const child = spawn(process.execPath, [mocha, '--bail', ...files], {
		cwd: folder,
		env: { ...process.env, ...environment },
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: true, // a group of its own: mocha starts a process that would outlive it
	});
	const timer = setTimeout(() => {
		killGroup(child.pid);
	}, timeoutMs);
	let output = '';
	child.stdout.on('data', (text: Buffer) => (output += text.toString()));
	child.stderr.on('data', (text: Buffer) => (output += text.toString()));
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	}).finally(() => {
		clearTimeout(timer);
	});
	return { isPassed: code === 0, output };
}

function killGroup(pid: number | undefined): void {
	try {
		if (pid !== undefined) {
			process.kill(-pid, 'SIGKILL');
		}
	} catch {
		// All of it has ended already.
	}
}
