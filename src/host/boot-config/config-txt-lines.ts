import { BoardFilter, type Reach } from './board-filters.ts';

/** A line that sets an option; `value` as it stands, after the `=`. */
interface OptionLine {
	readonly option: string;
	readonly value: string;
	readonly reach: Reach;
}

/** A line as it stands in the file, with what it means to the firmware. */
export interface ConfigTxtLine {
	/** Without its line end. */
	readonly text: string;
	/** Empty only for the last line. */
	readonly end: string;
	readonly setting?: OptionLine;
	/** A line that is neither a comment nor a filter nor an option: it stays as it is. */
	readonly isUnknown?: true;
}

export interface ConfigTxtFile {
	/** A byte-order mark, if the file has one. */
	readonly mark: string;
	readonly lines: readonly ConfigTxtLine[];
	/** Where a line at the end of the file would be in force. */
	readonly endReach: Reach;
}

const MARK = '\uFEFF';
/** Initial RAM disk: the only option without `=`. Its value may contain one. */
const RAMDISK = /^\s*initramfs[ \t]+(\S.*)$/;
const OPTION = /^\s*([^\s=[#][^\s=]*)=(.*)$/;
const FILTER = /^\s*\[([^\]]*)\]/;
const SILENT = /^\s*(?:#.*|include[ \t].*)?$/;

export function readLines(text: string, deviceType: string): ConfigTxtFile {
	const mark = text.startsWith(MARK) ? MARK : '';
	const filter = new BoardFilter(deviceType);
	const lines = [...text.slice(mark.length).matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)]
		.filter(([whole]) => whole !== '')
		.map(([, content = '', end = '']): ConfigTxtLine => ({ text: content, end, ...meaningOf(content, filter) }));
	return { mark, lines, endReach: filter.reach };
}

export function textOfLines({ mark, lines }: Pick<ConfigTxtFile, 'mark' | 'lines'>): string {
	return mark + lines.map(({ text, end }) => text + end).join('');
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
