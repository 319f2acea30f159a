import { BoardFilter, type Reach } from './board-filters.ts';
import { splitLines, type TextLine, type TextLines } from './text-lines.ts';

/** A line that sets an option; `value` as it stands, after the `=`. */
interface OptionLine {
	readonly option: string;
	readonly value: string;
	readonly reach: Reach;
}

/** A line as it stands in the file, with what it means to the firmware. */
export interface ConfigTxtLine extends TextLine {
	readonly setting?: OptionLine;
	/** A line that is neither a comment nor a filter nor an option: it stays as it is. */
	readonly isUnknown?: true;
}

export interface ConfigTxtFile extends TextLines<ConfigTxtLine> {
	/** Where a line at the end of the file would be in force. */
	readonly endReach: Reach;
}

/** Initial RAM disk: the only option without `=`. Its value may contain one. */
const RAMDISK = /^\s*initramfs[ \t]+(\S.*)$/;
const OPTION = /^\s*([^\s=[#][^\s=]*)=(.*)$/;
const FILTER = /^\s*\[([^\]]*)\]/;
const SILENT = /^\s*(?:#.*|include[ \t].*)?$/;

export function readLines(text: string, deviceType: string): ConfigTxtFile {
	const filter = new BoardFilter(deviceType);
	const { mark, lines } = splitLines(text);
	const read = lines.map((line): ConfigTxtLine => ({ ...line, ...meaningOf(line.text, filter) }));
	return { mark, lines: read, endReach: filter.reach };
}

export function lineOf(option: string, value: string): string {
	return option === 'initramfs' ? `initramfs ${value}` : `${option}=${value}`;
}

function meaningOf(text: string, filter: BoardFilter): Pick<ConfigTxtLine, 'setting' | 'isUnknown'> {
	const [, name] = FILTER.exec(text) ?? [];
	if (name !== undefined) {
		filter.enter(name.trim().toLowerCase());
		return {};
	}
	const [, ramdisk] = RAMDISK.exec(text) ?? [];
	if (ramdisk !== undefined) {
		return { setting: { option: 'initramfs', value: ramdisk, reach: filter.reach } };
	}
	const [, option, value] = OPTION.exec(text) ?? [];
	if (option !== undefined && value !== undefined) {
		return { setting: { option, value, reach: filter.reach } };
	}
	return SILENT.test(text) ? {} : { isUnknown: true };
}
