import isEqual from 'lodash/isEqual.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerImageName, answerNetwork, answerVolume } from './answer-resource.ts';
import { answerCurrentService, answerService } from './answer-service.ts';
import { explainedDifferences } from './explained-differences.ts';

export interface VectorResult {
	readonly file: string;
	readonly name: string;
	readonly expected: unknown;
	readonly actual: unknown;
	readonly passed: boolean;
	/** Why it may differ; set only where it does. */
	readonly explained: string | undefined;
}

interface Vector {
	readonly name: string;
	readonly input: unknown;
	readonly expected: unknown;
}

/** Gives the actual answer, and the expected one in a form that can be compared with it. */
type Answer = (input: never, expected: never) => { readonly actual: unknown; readonly expected: unknown };

const ANSWERS: Readonly<Record<string, Answer>> = {
	services: answerService,
	'services-current': answerCurrentService,
	networks: answerNetwork,
	volumes: answerVolume,
	'image-names': answerImageName,
};

export function runVectors(folder: string): readonly VectorResult[] {
	return Object.entries(ANSWERS).flatMap(([file, answer]) => {
		// The files are our own fixtures: their form is what the answers say.
		const vectors = JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')) as readonly Vector[];
		return vectors.map(({ name, ...vector }) => {
			const { actual, expected } = answer(vector.input as never, vector.expected as never);
			const passed = isEqual(plain(actual), plain(expected));
			return { file, name, actual, expected, passed, explained: explainedDifferences[`${file}: ${name}`] };
		});
	});
}

/** Without absent and null keys, which mean the same in the vectors. */
function plain(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (item === null ? undefined : item)));
}
