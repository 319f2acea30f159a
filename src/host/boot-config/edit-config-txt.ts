import isEqual from 'lodash/isEqual.js';
import type { BootOptions } from './backend.ts';
import { lineOf, readLines, type ConfigTxtFile, type ConfigTxtLine } from './config-txt-lines.ts';
import { insertLines, joinLines, removeLines, type TextLines } from './text-lines.ts';
import {
	isOfBoard,
	overlayLines,
	readDeviceTree,
	textOfOverlay,
	type DeviceTreePart,
	type Overlay,
} from './device-tree-overlays.ts';

type Lines = readonly ConfigTxtLine[];

/** What differs between two lists, without their common beginning and end. */
interface Middle<T> {
	readonly start: number;
	readonly removed: readonly T[];
	readonly added: readonly string[];
}

/** Which options are lists, and which must not be touched. */
interface EditRules {
	readonly isList: (option: string) => boolean;
	readonly isAllowed: (option: string) => boolean;
	readonly read: (lines: Lines) => BootOptions;
}

/**
 * The file with the lines of changed options changed, and every other byte as it was (decision D16): comments, order, line
 * ends, filters and what is in them, lines that are not understood, protected options. `wanted` as it would be read back.
 */
export function editConfigTxt(file: ConfigTxtFile, wanted: BootOptions, rules: EditRules): ConfigTxtFile {
	let edited = file;
	for (const option of optionsToEdit(file, wanted, rules)) {
		const shall = Object.hasOwn(wanted, option) ? wanted[option] : undefined;
		const isThere = (now: ConfigTxtFile) => isEqual(rules.read(now.lines)[option], shall);
		if (isThere(edited)) continue;
		const values = shall === undefined ? [] : [shall].flat();
		const [change, renew] = editorsOf(option, rules);
		const changed = change(edited, values);
		edited = isThere(changed) ? changed : renew(edited, values);
	}
	return edited;
}

type Editor = (file: ConfigTxtFile, values: readonly string[]) => ConfigTxtFile;

/** How an option is changed in its place, and how it is written anew where that is not enough. */
function editorsOf(option: string, { isList }: EditRules): readonly [change: Editor, renew: Editor] {
	if (option === 'dtparam') {
		return [changeParameters, renewParameters];
	}
	if (option === 'dtoverlay' || isList(option)) {
		const change: Editor = option === 'dtoverlay' ? changeOverlays : (file, values) => changeList(file, option, values);
		return [change, change];
	}
	return [
		(file, values) => changeSingle(file, option, values),
		// A filter further down says something else.
		(file, values) =>
			append(
				removeLines(file, ownLinesOf(file, option)),
				values.map((value) => lineOf(option, value)),
			),
	];
}

function optionsToEdit({ lines }: ConfigTxtFile, wanted: BootOptions, { isAllowed }: EditRules): readonly string[] {
	const own = lines.flatMap(({ setting }) => (setting?.reach === 'all' ? [setting.option] : []));
	return [...new Set([...own, ...Object.keys(wanted)])].filter(isAllowed);
}

/** The last line counts. */
function changeSingle(file: ConfigTxtFile, option: string, [value]: readonly string[]): ConfigTxtFile {
	const own = ownLinesOf(file, option);
	const last = own.at(-1);
	if (value === undefined) return removeLines(file, own);
	return last === undefined ? append(file, [lineOf(option, value)]) : setValue(file, last, value);
}

function changeList(file: ConfigTxtFile, option: string, values: readonly string[]): ConfigTxtFile {
	const own = ownLinesOf(file, option);
	const need = without(values, fixedValuesOf(file, option));
	const { start, removed, added } = middleOf(own, (line) => valueAt(file, line), need);
	const texts = added.map((value) => lineOf(option, value));
	const before = removed[0] ?? own[start];
	const inserted = before === undefined ? append(file, texts) : insert(file, before, texts);
	return removeLines(
		inserted,
		removed.map((line) => line + (before === undefined ? 0 : texts.length)),
	);
}

function changeOverlays(file: ConfigTxtFile, values: readonly string[]): ConfigTxtFile {
	const own = overlaysOf(file);
	const { start, removed, added } = middleOf(own, textOfOverlay, without(values, fixedOverlaysOf(file)));
	const texts = added.flatMap(overlayLines);
	const before = (removed[0] ?? own[start])?.parts[0]?.line;
	const shift = before === undefined ? 0 : texts.length;
	const inserted = before === undefined ? append(file, texts) : insert(file, before, texts);
	return removeOverlays(
		inserted,
		removed.map(({ parts }) => ({ parts: parts.map((part) => moved(part, shift)) })),
	);
}

/** In their lines as far as they are as many as before; further ones after the last. */
function changeParameters(file: ConfigTxtFile, values: readonly string[]): ConfigTxtFile {
	const own = parametersOf(file);
	const need = without(values, fixedParametersOf(file));
	const { start, removed, added } = middleOf(own, ({ text }) => text, need);
	const replaced = removed.slice(0, added.length).map((part, n) => ({ ...part, text: added[n] ?? '' }));
	const kept = removeParts(setParts(file, replaced), removed.slice(added.length));
	const last = (replaced.at(-1) ?? own[start - 1])?.line;
	const further = added.slice(removed.length);
	if (further.length === 0) return kept;
	const isPlaced = last !== undefined && (further.every(isOfBoard) || !isInOverlay(kept, last));
	return isPlaced ? insert(kept, last + 1, parameterLines(further)) : kept;
}

/** Before the first overlay, so that they are the board's. */
function renewParameters(file: ConfigTxtFile, values: readonly string[]): ConfigTxtFile {
	const cleared = removeParts(file, parametersOf(file));
	const first = cleared.lines.findIndex(({ setting, text }) => setting !== undefined || /^\s*\[/.test(text));
	const texts = parameterLines(without(values, fixedParametersOf(cleared)));
	return first < 0 ? append(cleared, texts) : insert(cleared, first, texts);
}

function parameterLines(values: readonly string[]): readonly string[] {
	return values.map((value) => lineOf('dtparam', value));
}

/** Whether a parameter below this line would belong to an overlay. */
function isInOverlay({ lines }: ConfigTxtFile, line: number): boolean {
	const opened = lines.slice(0, line + 1).findLast(({ setting }) => setting?.option === 'dtoverlay');
	return opened !== undefined && !opened.setting?.value.startsWith(',') && opened.setting?.value !== '';
}

function parametersOf({ lines }: ConfigTxtFile): readonly DeviceTreePart[] {
	return readDeviceTree(lines).parameters.filter(({ isFixed }) => !isFixed);
}

function fixedParametersOf({ lines }: ConfigTxtFile): readonly string[] {
	return readDeviceTree(lines).parameters.flatMap(({ isFixed, text }) => (isFixed ? [text] : []));
}

/** An overlay with a part in a filter belongs to the author of the filter. */
function overlaysOf({ lines }: ConfigTxtFile): readonly Overlay[] {
	return readDeviceTree(lines).overlays.filter(({ parts }) => parts.every(({ isFixed }) => !isFixed));
}

function fixedOverlaysOf({ lines }: ConfigTxtFile): readonly string[] {
	return readDeviceTree(lines)
		.overlays.filter(({ parts }) => parts.some(({ isFixed }) => isFixed))
		.map(textOfOverlay);
}

function ownLinesOf({ lines }: ConfigTxtFile, option: string): readonly number[] {
	return [...lines.entries()].flatMap(([index, { setting }]) =>
		setting?.option === option && setting.reach === 'all' ? [index] : [],
	);
}

function fixedValuesOf({ lines }: ConfigTxtFile, option: string): readonly string[] {
	return lines.flatMap(({ setting }) =>
		setting?.option === option && setting.reach === 'board' ? [setting.value] : [],
	);
}

function valueAt({ lines }: ConfigTxtFile, line: number): string {
	return lines[line]?.setting?.value ?? '';
}

function middleOf<T>(own: readonly T[], textOf: (item: T) => string, wanted: readonly string[]): Middle<T> {
	const texts = own.map(textOf);
	const shorter = Math.min(own.length, wanted.length);
	let start = 0;
	while (start < shorter && texts[start] === wanted[start]) start += 1;
	let end = 0;
	while (end < shorter - start && texts.at(-1 - end) === wanted.at(-1 - end)) end += 1;
	return { start, removed: own.slice(start, own.length - end), added: wanted.slice(start, wanted.length - end) };
}

/** Each value of the second list takes one of the first away. */
function without(values: readonly string[], taken: readonly string[]): readonly string[] {
	const left = [...taken];
	return values.filter((value) => {
		const index = left.indexOf(value);
		if (index >= 0) left.splice(index, 1);
		return index < 0;
	});
}

function moved(part: DeviceTreePart, by: number): DeviceTreePart {
	return { ...part, line: part.line + by };
}

function removeOverlays(file: ConfigTxtFile, overlays: readonly Overlay[]): ConfigTxtFile {
	return removeParts(
		file,
		overlays.flatMap(({ parts }) => parts),
	);
}

function setParts(file: ConfigTxtFile, parts: readonly DeviceTreePart[]): ConfigTxtFile {
	return parts.reduce((edited, { line, part, text }) => {
		const values = valueAt(edited, line).split(',').with(part, text);
		return setValue(edited, line, values.join(','));
	}, file);
}

/** A line without any part goes. */
function removeParts(file: ConfigTxtFile, parts: readonly DeviceTreePart[]): ConfigTxtFile {
	const lines = [...new Set(parts.map(({ line }) => line))];
	const isLeft = (line: number, index: number) => !parts.some((part) => part.line === line && part.part === index);
	const rests = lines.map((line) => {
		const rest = valueAt(file, line)
			.split(',')
			.filter((_, index) => isLeft(line, index));
		return { line, rest };
	});
	const shortened = rests
		.filter(({ rest }) => rest.length > 0)
		.reduce((edited, { line, rest }) => setValue(edited, line, rest.join(',')), file);
	return removeLines(
		shortened,
		rests.filter(({ rest }) => rest.length === 0).map(({ line }) => line),
	);
}

function setValue(file: ConfigTxtFile, line: number, value: string): ConfigTxtFile {
	const old = file.lines[line];
	if (old?.setting === undefined) return file;
	const text = `${old.text.slice(0, old.text.length - old.setting.value.length)}${value}`;
	return { ...file, lines: file.lines.with(line, { ...old, text, setting: { ...old.setting, value } }) };
}

/** At a place that is in force on every board. */
function insert(file: ConfigTxtFile, at: number, texts: readonly string[]): ConfigTxtFile {
	const { lines } = insertLines<TextLines>(file, at, texts);
	const added = readLines(joinLines({ mark: '', lines: lines.slice(at, at + texts.length) }), '').lines;
	return { ...file, lines: lines.toSpliced(at, texts.length, ...added) };
}

function append(file: ConfigTxtFile, texts: readonly string[]): ConfigTxtFile {
	if (texts.length === 0) return file;
	const header = file.endReach === 'all' ? [] : ['[all]'];
	return insert({ ...file, endReach: 'all' }, file.lines.length, [...header, ...texts]);
}
