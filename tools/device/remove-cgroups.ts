import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

/** Removes the cgroup of this name and all below it, in the one hierarchy of version 2 or the many of version 1. */
export async function removeCgroups(name: string): Promise<void> {
	// A killed process leaves its cgroup a moment after the signal.
	for (let attempt = 0; attempt < 20; attempt++) {
		const folders = listCgroups(name);
		if (folders.length === 0) return;
		folders.forEach(removeTree);
		await sleep(50);
	}
}

function listCgroups(name: string): readonly string[] {
	if (!existsSync(ROOT)) return [];
	const roots = [ROOT, ...readdirSync(ROOT).map((entry) => `${ROOT}/${entry}`)];
	return roots.map((root) => `${root}/${name}`).filter((folder) => existsSync(folder));
}

function removeTree(folder: string): void {
	try {
		for (const entry of readdirSync(folder, { withFileTypes: true })) {
			if (entry.isDirectory()) removeTree(`${folder}/${entry.name}`);
		}
		rmdirSync(folder);
	} catch {
		// still busy or gone by itself: the next attempt looks again
	}
}
