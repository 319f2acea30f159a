import type { Issue } from '../../domain/issue.ts';

/** Far above any real target, and low enough for recursive readers. */
const DEPTH_MAX = 100;
const VALUES_MAX = 500_000;

/** Refuses input with too many levels or values, before anything else reads it. Not recursive itself. */
export function checkSize(input: unknown): Issue | undefined {
	let level: readonly unknown[] = [input];
	let values = 0;
	for (let depth = 0; level.length > 0; depth++) {
		values += level.length;
		if (depth > DEPTH_MAX) {
			return { path: '', message: `nested more than ${DEPTH_MAX} levels deep` };
		}
		if (values > VALUES_MAX) {
			return { path: '', message: `more than ${VALUES_MAX} values` };
		}
		level = level.flatMap(membersOf);
	}
	return undefined;
}

function membersOf(value: unknown): readonly unknown[] {
	return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
