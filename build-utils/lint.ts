import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** `npm run lint:code [-- --fix]`: types, and the rules of .oxlintrc.json, most of which need them. */

const PROJECT = join(import.meta.dirname, '..');
/** The type checker of oxlint is a program for these only; others have the slower one of TypeScript. */
const HAVE_TYPES: readonly string[] = ['x64', 'arm64'];

function run(program: string, ...args: readonly string[]): number {
	const { status, error } = spawnSync(join(PROJECT, 'node_modules/.bin', program), args, {
		cwd: PROJECT,
		stdio: 'inherit',
	});
	if (error !== undefined) throw error;
	return status ?? 1;
}

const options = ['--report-unused-disable-directives-severity=error', ...process.argv.slice(2)];
process.exitCode = HAVE_TYPES.includes(process.arch)
	? run('oxlint', '--type-aware', '--type-check', ...options)
	: run('tsc', '--noEmit') || run('tsc', '--noEmit', '-p', 'src/page') || run('oxlint', ...options);
