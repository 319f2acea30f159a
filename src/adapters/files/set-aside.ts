import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pathExists } from './read-file.ts';

const KEPT_MAX = 3;

/**
 * Renames what stands at the path to `<path>.damaged-<n>` and returns that; the newest three are kept. `companions`:
 * suffixes of files that belong to it. Rejects with the error of the system.
 */
export function setAside(path: string, companions: readonly string[] = []): Promise<string> {
	const move = async (aside: string) => {
		await rename(path, aside);
		for (const suffix of companions) {
			if (await pathExists(`${path}${suffix}`)) {
				await rename(`${path}${suffix}`, `${aside}${suffix}`);
			}
		}
	};
	return keepDamaged(path, move, companions);
}

/** The same with a copy or a move of the caller's, to `<base>.damaged-<n>`. */
export async function keepDamaged(
	base: string,
	put: (aside: string) => Promise<void>,
	companions: readonly string[] = [],
): Promise<string> {
	const numbers = await listNumbers(base);
	const nameOf = (n: number) => `${base}.damaged-${String(n)}`;
	const aside = nameOf(Math.max(0, ...numbers) + 1);
	await put(aside);
	const surplus = numbers.toSorted((a, b) => b - a).slice(KEPT_MAX - 1);
	for (const n of surplus) {
		for (const suffix of ['', ...companions]) {
			await rm(`${nameOf(n)}${suffix}`, { recursive: true, force: true });
		}
	}
	return aside;
}

async function listNumbers(path: string): Promise<readonly number[]> {
	const prefix = `${basename(path)}.damaged-`;
	const names = await readdir(dirname(path));
	return names
		.filter((name) => name.startsWith(prefix))
		.map((name) => name.slice(prefix.length))
		.filter((rest) => /^[1-9]\d*$/.test(rest))
		.map(Number);
}
