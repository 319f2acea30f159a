import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError, ensureScraper } from '../tools/device/index.ts';
import { onOtherNode } from './other-node.ts';

/** Everything beyond style, types and unit tests: the build, and the tests against a real engine. */

const PROJECT = join(import.meta.dirname, '..');
/** The exit code of tools/device if this machine cannot run a private engine. */
const CANNOT = 78;

type Command = readonly [string, ...string[]];

interface Group {
	readonly name: string;
	/** More than one: side by side, each with engines of its own. */
	readonly commands: readonly Command[];
	/** What its tests need of the machine, beyond an engine. */
	readonly prepare?: () => Promise<void>;
	/** Why this machine cannot run it. */
	readonly missing?: string | undefined;
}

export interface Result {
	readonly name: string;
	readonly outcome: 'passed' | 'failed' | 'skipped';
	readonly passed: number;
	readonly failed: number;
}

const isRoot = process.getuid?.() === 0;
const hasEngine = ['DOCKER_HOST', 'TEST_REGISTRY', 'TEST_BASE_IMAGE'].every((name) => process.env[name] !== undefined);

export const GROUP_NAMES = ['build', 'other-node', 'model', 'short', 'engine', 'device', 'os', 'system'] as const;

export type GroupName = (typeof GROUP_NAMES)[number];

/** In the order of the list of names. After a failed build the rest would fail for the same reason. */
export async function runGroups(wanted: readonly GroupName[]): Promise<readonly Result[]> {
	const results: Result[] = [];
	for (const names of inRows(wanted)) {
		const isShownAtEnd = names.length > 1;
		results.push(...(await Promise.all(names.map((one) => runGroup(describeGroup(one), { isShownAtEnd })))));
		if (names[0] === 'build' && results.at(-1)?.outcome === 'failed') break;
	}
	return results;
}

/** The first two keep one processor busy each, without waiting for real time; the others mostly wait for their hosts. */
const SIDE_BY_SIDE: readonly (readonly GroupName[])[] = [
	['other-node', 'model'],
	['device', 'os'],
];

/** The wanted groups in their order, those of a row side by side. */
export function inRows(wanted: readonly GroupName[]): readonly (readonly GroupName[])[] {
	const rows: readonly (readonly GroupName[])[] = GROUP_NAMES.map(
		(name) => SIDE_BY_SIDE.find((row) => row.includes(name)) ?? [name],
	);
	return [...new Set(rows)].map((row) => row.filter((name) => wanted.includes(name))).filter((row) => row.length > 0);
}

function describeGroup(name: GroupName): Group {
	const here = process.platform !== 'linux' ? 'needs Linux' : isRoot ? undefined : 'needs root';
	switch (name) {
		case 'build':
			return { name, commands: [npmRun('build')] };
		case 'other-node':
			return { name, ...otherNode() };
		case 'model': // more start states, and more simulated devices, than in npm test
			return { name, commands: [npmRun('test:model')] };
		case 'device':
			return { name, commands: [npmRun('test:device')], missing: here };
		case 'os': // a host in a container: its base is made of Debian's packages once
			return { name, commands: lanesOf(listSpecs(folderOf(name)), LONGEST_OS_SPECS).map(mocha), missing: here };
		default:
			return insideEngine(name, here);
	}
}

/** The unit tests again, on the other one of the two supported versions of Node.js. */
function otherNode(): Omit<Group, 'name'> {
	const other = onOtherNode('test:unit', process);
	return 'missing' in other ? { commands: [], missing: other.missing } : { commands: [other.command] };
}

function insideEngine(name: string, missing: string | undefined): Group {
	if (hasEngine) return { name, commands: [npmRun(`test:${name}`)] };
	const tests = name === 'system' ? halvesOf(listSpecs(folderOf(name))).map(mocha) : [npmRun(`test:${name}`)];
	const browser = name === 'system' ? ['--browser'] : [];
	return {
		name,
		commands: tests.map((test) => ['node', '--import', 'tsx', 'tools/device/run-inside.ts', ...browser, '--', ...test]),
		...(name === 'system' && missing === undefined ? { prepare: installScraper } : {}),
		missing: missing && `${missing}, or DOCKER_HOST, TEST_REGISTRY and TEST_BASE_IMAGE of an engine for tests`,
	};
}

/** Beside the engine there is no network to get it from. Without it one test is skipped, and says so. */
async function installScraper(): Promise<void> {
	try {
		await ensureScraper({ log: console.log });
	} catch (error) {
		if (!(error instanceof DeviceError)) throw error;
		console.log(error.message);
	}
}

function npmRun(script: string): Command {
	return ['npm', 'run', '--silent', script];
}

function mocha(specs: readonly string[]): Command {
	return ['npm', 'exec', '--', 'mocha', ...specs];
}

function listSpecs(folder: string): readonly string[] {
	return readdirSync(folder)
		.filter((name) => name.endsWith('.spec.ts'))
		.map((name) => join(folder, name));
}

/** Alternately: specs with similar names take similarly long. */
export function halvesOf<T>(items: readonly T[]): readonly [readonly T[], readonly T[]] {
	return [items.filter((_, index) => index % 2 === 0), items.filter((_, index) => index % 2 === 1)];
}

/** From 6 to 3 minutes; the others take about one. */
const LONGEST_OS_SPECS = ['supervisor-update', 'device-life', 'dindctl-options', 'host-update'];

/** Two lanes of about the same length: a long one is followed by a short one. `longest`: without their ends, in order. */
export function lanesOf(
	specs: readonly string[],
	longest: readonly string[],
): readonly [readonly string[], readonly string[]] {
	const rank = (spec: string) => longest.findIndex((name) => spec.endsWith(`/${name}.spec.ts`)) + 1 || Infinity;
	const ordered = specs.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
	const isFirst = (index: number) => index % 4 === 0 || index % 4 === 3;
	return [ordered.filter((_, index) => isFirst(index)), ordered.filter((_, index) => !isFirst(index))];
}

async function runGroup(group: Group, { isShownAtEnd = group.commands.length > 1 } = {}): Promise<Result> {
	const { name } = group;
	const none = { name, passed: 0, failed: 0 };
	const missing = group.missing ?? (existsSync(folderOf(name)) ? undefined : 'there are no such tests');
	if (missing !== undefined) {
		console.log(`== ${name}: skipped, ${missing}`);
		return { ...none, outcome: 'skipped' };
	}
	if (!isShownAtEnd) console.log(`== ${name}`);
	await group.prepare?.();
	const startedAt = performance.now();
	const runs = await Promise.all(group.commands.map((command) => runCommand(name, command, isShownAtEnd)));
	const code = Math.max(...runs.map((each) => each.code));
	const output = runs.map((each) => each.output).join('\n');
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
	if (code === CANNOT) {
		console.log(`== ${name}: skipped, this machine cannot have an engine of its own (see above)`);
		return { ...none, outcome: 'skipped' };
	}
	const counts = countTests(output);
	const outcome = outcomeOf({ name, code, ...counts });
	console.log(`== ${name}: ${outcome} in ${seconds} s`);
	return { name, outcome, ...counts };
}

async function runCommand(name: string, command: Command, isShownAtEnd: boolean) {
	const result = await run(command, { isShown: !isShownAtEnd });
	if (isShownAtEnd) console.log(`== ${name}\n${result.output.trimEnd()}`); // mixed lines of two programs are unreadable
	return result;
}

/** Interrupted tests exit with 0 and a count of zero: that is a failure. */
export function outcomeOf(ended: Pick<Result, 'name' | 'passed' | 'failed'> & { readonly code: number }) {
	const { name, code, passed, failed } = ended;
	const isDone = name === 'build' || passed > 0;
	return code === 0 && failed === 0 && isDone ? 'passed' : 'failed';
}

function folderOf(name: string): string {
	const hasNoFolder = ['build', 'other-node', 'model'].includes(name);
	return hasNoFolder ? PROJECT : join(PROJECT, 'test/integration', name);
}

/** Keeps what the command prints, for counting. `isShown`: while it runs. */
function run(
	[program, ...args]: Command,
	{ isShown }: { readonly isShown: boolean },
): Promise<{ readonly code: number; readonly output: string }> {
	const child = spawn(program, args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'inherit'] });
	const forward = (signal: NodeJS.Signals) => child.kill(signal);
	process.on('SIGINT', forward).on('SIGTERM', forward);
	let output = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		output += text;
		if (isShown) process.stdout.write(text);
	});
	return new Promise((done, failed) => {
		child.once('error', failed);
		child.once('close', (code) => {
			process.off('SIGINT', forward).off('SIGTERM', forward);
			done({ code: code ?? 1, output });
		});
	});
}

/** As mocha prints it. */
export function countTests(output: string): Pick<Result, 'passed' | 'failed'> {
	const count = (word: string) =>
		[...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}`, 'gm'))].reduce((sum, [, n]) => sum + Number(n), 0);
	return { passed: count('passing'), failed: count('failing') };
}

/** The last line of a run, and its exit code. A failure without a failed test, such as the build, counts as one. */
export function conclude(results: readonly Result[]): number {
	const skipped = results.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name);
	if (skipped.length > 0) console.log(`skipped: ${skipped.join(', ')}`);
	const sum = (pick: (result: Result) => number) => results.reduce((total, result) => total + pick(result), 0);
	const failed = sum((result) => (result.outcome === 'failed' ? Math.max(1, result.failed) : 0));
	console.log(`${sum((result) => result.passed)} passed, ${failed} failed`);
	return failed > 0 ? 1 : 0;
}
