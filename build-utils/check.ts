import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { conclude, countTests, runGroups, type Result } from './groups.ts';

/**
 * `npm test`: style, types, unit tests and the simulation in parallel: each uses one processor for a while. It needs no
 * privileges, and the pre-commit hook runs it.
 *
 * `npm cit` is npm's own command for a fresh clone: it installs and then runs `npm test`, which is this script. It should
 * also show the program running: so the short group on a real engine follows the checks if npm was called with it.
 */

const PROJECT = join(import.meta.dirname, '..');
const CHECKS = ['lint:code', 'lint:format', 'test:unit', 'test:simulation'] as const;
const isInstallAndTest = process.env['npm_command'] === 'install-ci-test';

interface Check extends Result {
	readonly output: string;
	readonly seconds: string;
}

const running = new Set<ReturnType<typeof spawn>>();

/** Printed at the end: mixed lines of several programs are unreadable. */
function run(name: string): Promise<Check> {
	const startedAt = performance.now();
	const child = spawn('npm', ['run', '--silent', name], { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'] });
	running.add(child);
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text: string) => (output += text));
	}
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (code) => {
			running.delete(child);
			const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
			resolve({ name, outcome: code === 0 ? 'passed' : 'failed', ...countTests(output), output, seconds });
		});
	});
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => {
		for (const child of running) child.kill(signal);
	});
}
if (isInstallAndTest) {
	console.log(
		'npm cit: all that npm test checks, then the short group of tests on a real engine (npm run test:all: all)',
	);
}
const results: Result[] = [];
for (const { output, seconds, ...result } of await Promise.all(CHECKS.map(run))) {
	console.log(`== ${result.name}: ${result.outcome} in ${seconds} s`);
	if (output.trim() !== '') console.log(output.trimEnd());
	results.push(result);
}
if (isInstallAndTest && results.every(({ outcome }) => outcome === 'passed')) {
	results.push(...(await runGroups(['build', 'short'])));
}
process.exitCode = conclude(results);
