import { isPlainObject } from '../../lib/is-plain-object.ts';
import { readTextMap, textOr } from './read-answer.ts';

/** The entry of one container in the list. */
export interface ListedContainer {
	/** Empty if the engine does not show it. */
	readonly id: string;
	readonly name: string;
	readonly image: string;
	/** `undefined`: the list does not show them, and the inspection has to. */
	readonly labels: Readonly<Record<string, string>> | undefined;
}

const SUPERVISED: readonly string[] = ['io.balena.supervised', 'io.resin.supervised'];

export function isSupervised(labels: Readonly<Record<string, string>>): boolean {
	return SUPERVISED.some((label) => Object.hasOwn(labels, label));
}

/** `undefined`: not one of ours. */
export function readListed(row: unknown): ListedContainer | undefined {
	const { Id, Names, ImageID, Labels } = isPlainObject(row) ? row : {};
	const labels = readTextMap(Labels);
	if (labels !== undefined && !isSupervised(labels)) {
		return undefined;
	}
	const names: readonly unknown[] = Array.isArray(Names) ? Names : [];
	return { id: textOr(Id, ''), name: textOr(names[0], ''), image: textOr(ImageID, ''), labels };
}
