import isEqual from 'lodash/isEqual.js';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerImageName, answerNetwork, answerVolume } from './answer-resource.ts';
import { answerCurrentService, answerService } from './answer-service.ts';
import { explainedDifferences } from './explained-differences.ts';

interface VectorResult {
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

/**
 * Gives the actual answer, and the expected one in a form that can be compared with it; `undefined` if nothing of ours
 * answers such a question yet.
 */
export type Answer = (
	input: never,
	expected: never,
) => { readonly actual: unknown; readonly expected: unknown } | undefined;

/** File → who answers. */
export type Answers = Readonly<Record<string, Answer>>;

export const COMPOSE_ANSWERS: Answers = {
	services: answerService,
	'services-current': answerCurrentService,
	networks: answerNetwork,
	volumes: answerVolume,
	'image-names': answerImageName,
};

/** The vectors of the files of a folder that have an answer. */
export function runVectors(folder: string, answers: Answers = COMPOSE_ANSWERS): readonly VectorResult[] {
	return Object.entries(answers).flatMap(([file, answer]) => {
		if (!existsSync(join(folder, `${file}.json`))) {
			return [];
		}
		return readVectors(folder, file).flatMap(({ name, ...vector }) => {
			const answered = answer(vector.input as never, vector.expected as never);
			if (answered === undefined) {
				return [];
			}
			const { actual, expected } = answered;
			const passed = isEqual(plain(actual), plain(expected));
			return [{ file, name, actual, expected, passed, explained: explainedDifferences[`${file}: ${name}`] }];
		});
	});
}

/** The files are our own fixtures: their form is what the answers say. */
export function readVectors(folder: string, file: string): readonly Vector[] {
	return JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')) as readonly Vector[];
}

/** Without absent and null keys, which mean the same in the vectors. */
function plain(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (item === null ? undefined : item)));
}
