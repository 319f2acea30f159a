import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listTree, makeRuntimeTree } from '../../build-utils/runtime-tree.ts';
import { summarize } from './statistics.ts';
import type { Row } from './table.ts';

const DIST = join(import.meta.dirname, '../../dist');
const TARGET_MB = 12;

/** What the image contains beside Node.js and the programs of the system. */
export function measureSize(): Row {
	const folder = mkdtempSync(join(tmpdir(), 'runtime-'));
	try {
		makeRuntimeTree({ dist: DIST, folder });
		const bytes = listTree(folder).reduce((sum, file) => sum + file.bytes, 0);
		return {
			what: 'size of the program without Node.js',
			unit: 'MB',
			sample: summarize([bytes / 1024 / 1024]),
			target: TARGET_MB,
		};
	} finally {
		rmSync(folder, { recursive: true });
	}
}
