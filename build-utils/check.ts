import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** `npm test`: style, types, unit tests and simulated lives side by side: each keeps one processor busy for a while. */

const PROJECT = join(import.meta.dirname, '..');
const CHECKS = ['lint', 'test:build', 'test:unit', 'test:simulation'] as const;

interface Result {
	readonly name: string;
	readonly code: number;
	readonly output: string;
	readonly seconds: string;
}

const running = new Set<ReturnType<typeof spawn>>();

/** Shown when it is over: the lines of several programs at once say nothing. */
function run(name: string): Promise<Result> {
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
			resolve({ name, code: code ?? 1, output, seconds });
		});
	});
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => {
		for (const child of running) child.kill(signal);
	});
}
const results = await Promise.all(CHECKS.map(run));
for (const { name, code, output, seconds } of results) {
	console.log(`== ${name}: ${code === 0 ? 'passed' : 'failed'} in ${seconds} s`);
	if (output.trim() !== '') console.log(output.trimEnd());
}
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
