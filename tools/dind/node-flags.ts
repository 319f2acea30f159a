import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The flags with which `entry.sh` starts Node: what is measured and tried is what devices run. */
export function readNodeFlags(): string {
	const script = readFileSync(join(import.meta.dirname, '../../entry.sh'), 'utf8');
	return /^NODE_FLAGS='([^']*)'/m.exec(script)?.[1] ?? '';
}
