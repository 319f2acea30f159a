import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Everything a machine can run beyond `npm test`: the build, and the tests against a real engine. `npm cit` comes here
 * by way of `posttest`: that name belongs to npm itself, which installs, runs `test` and then `posttest`.
 */

const PROJECT = join(import.meta.dirname, '..');
/** How tools/device says that this machine cannot have a private engine. */
const CANNOT = 78;

interface Group {
	readonly name: string;
	readonly command: readonly [string, ...string[]];
	/** Why this machine cannot run it. */
	readonly missing?: string | undefined;
}

interface Result {
	readonly name: string;
	readonly outcome: 'passed' | 'failed' | 'skipped';
	readonly passed: number;
	readonly failed: number;
}

const isRoot = process.getuid?.() === 0;
const hasEngine = ['DOCKER_HOST', 'TEST_REGISTRY', 'TEST_BASE_IMAGE'].every((name) => process.env[name] !== undefined);

function listGroups(): readonly Group[] {
	const here = process.platform !== 'linux' ? 'needs Linux' : isRoot ? undefined : 'needs root';
	return [
		{ name: 'build', command: ['npm', 'run', '--silent', 'build'] },
		{ name: 'device', command: ['npm', 'run', '--silent', 'test:device'], missing: here },
		insideEngine('engine', here),
		insideEngine('system', here),
	];
}

function insideEngine(name: string, missing: string | undefined): Group {
	const test = ['npm', 'run', '--silent', `test:${name}`] as const;
	if (hasEngine) return { name, command: [...test] };
	return {
		name,
		command: ['node', '--import', 'tsx', 'tools/device/run-inside.ts', '--', ...test],
		missing: missing && `${missing}, or DOCKER_HOST, TEST_REGISTRY and TEST_BASE_IMAGE of an engine for tests`,
	};
}

async function runGroup(group: Group): Promise<Result> {
	const { name } = group;
	const none = { name, passed: 0, failed: 0 };
	const missing = group.missing ?? (existsSync(folderOf(name)) ? undefined : 'there are no such tests');
	if (missing !== undefined) {
		console.log(`== ${name}: skipped, ${missing}`);
		return { ...none, outcome: 'skipped' };
	}
	console.log(`== ${name}`);
	const startedAt = performance.now();
	const { code, output } = await run(group.command);
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
	if (code === CANNOT) {
		console.log(`== ${name}: skipped, this machine cannot have an engine of its own (see above)`);
		return { ...none, outcome: 'skipped' };
	}
	const outcome = code === 0 ? 'passed' : 'failed';
	console.log(`== ${name}: ${outcome} in ${seconds} s`);
	return { name, outcome, passed: count(output, 'passing'), failed: count(output, 'failing') };
}

function folderOf(name: string): string {
	return name === 'build' ? PROJECT : join(PROJECT, 'test/integration', name);
}

/** Shows what the command prints while it runs, and keeps it for counting. */
function run([program, ...args]: Group['command']): Promise<{ readonly code: number; readonly output: string }> {
	const child = spawn(program, args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'inherit'] });
	const forward = (signal: NodeJS.Signals) => child.kill(signal);
	process.on('SIGINT', forward).on('SIGTERM', forward);
	let output = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		output += text;
		process.stdout.write(text);
	});
	return new Promise((done, failed) => {
		child.once('error', failed);
		child.once('close', (code) => {
			process.off('SIGINT', forward).off('SIGTERM', forward);
			done({ code: code ?? 1, output });
		});
	});
}

function count(output: string, word: string): number {
	return [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}`, 'gm'))].reduce((sum, [, n]) => sum + Number(n), 0);
}

const wanted = process.argv.slice(2);
const groups = listGroups();
const unknown = wanted.filter((name) => !groups.some((group) => group.name === name));
if (unknown.length > 0) {
	console.error(`There is no group ${unknown.join(', ')}; there are ${groups.map(({ name }) => name).join(', ')}.`);
	process.exit(64); // EX_USAGE
}
const results: Result[] = [];
for (const group of groups.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
	const result = await runGroup(group);
	results.push(result);
	// Without the program the tests of the whole would fail for a reason that has been said.
	if (group.name === 'build' && result.outcome === 'failed') break;
}
const names = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome);
const skipped = names('skipped').map(({ name }) => name);
if (skipped.length > 0) console.log(`skipped: ${skipped.join(', ')}`);
const sum = (pick: (result: Result) => number) => results.reduce((total, result) => total + pick(result), 0);
// A group that failed without a failed test, the build for one, counts as one.
const failed = sum((result) => (result.outcome === 'failed' ? Math.max(1, result.failed) : 0));
console.log(`${sum((result) => result.passed)} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
