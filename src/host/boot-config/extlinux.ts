import lt from 'semver/functions/lt.js';
import valid from 'semver/functions/valid.js';
import {
	done,
	findLineBreak,
	namedByPrefix,
	refused,
	textOf,
	USUAL_RULES,
	type BootBackend,
	type BootOptions,
	type BootResult,
} from './backend.ts';
import { refuseWord, splitWords, valueOfWord, withWord } from './boot-words.ts';
import { insertLines, joinLines, removeLines, setText, splitLines, type TextLines } from './text-lines.ts';

/** The part of the file before the first label (`undefined`), or one label. */
interface Section {
	readonly label: string | undefined;
	readonly directives: readonly Directive[];
}

interface Directive {
	/** In capitals; `written` as in the file. */
	readonly name: string;
	readonly written: string;
	readonly value: string;
	readonly line: number;
	/** The blanks before it. */
	readonly indent: string;
}

const OPTIONS: readonly string[] = ['isolcpus', 'fdt'];
const NO_FILE = 'Could not find extlinux file. Device is possibly bricked';
/** From this release of the operating system on, Jetsons have `extra_uEnv.txt` instead. */
const RETIRED_IN = '2.47.0';

/** The menu of the boot loader on older Jetsons (spec: host 3.4). Everything except our options stays. */
export const EXTLINUX: BootBackend<string | undefined> = {
	...USUAL_RULES,
	...namedByPrefix('HOST_EXTLINUX_'),
	name: 'extlinux',
	supports: ({ deviceType, metaRelease }) => deviceType.startsWith('jetson-') && isBeforeRetired(metaRelease),
	isOptionAllowed: (option) => OPTIONS.includes(option),
	parse: parseExtlinux,
	serialise: serialiseExtlinux,
};

function isBeforeRetired(version: string | undefined): boolean {
	const known = valid(version);
	return known !== null && lt(known, RETIRED_IN);
}

function parseExtlinux(text: string | undefined): BootResult<BootOptions> {
	const found = findDefault(text === undefined ? undefined : splitLines(text));
	if (!found.ok) {
		return found;
	}
	const directives = found.value;
	const append = valueOf(directives, 'APPEND');
	if (append === undefined) {
		return refused('Could not find APPEND directive in default extlinux.conf boot entry');
	}
	const isolcpus = valueOfWord(splitWords(append), 'isolcpus');
	const fdt = valueOf(directives, 'FDT');
	return done({ ...(isolcpus !== undefined && { isolcpus }), ...(fdt !== undefined && { fdt }) });
}

function serialiseExtlinux(options: BootOptions, existing: string | undefined): BootResult<string> {
	if (existing === undefined) {
		return refused(NO_FILE);
	}
	const file = splitLines(existing);
	const found = findDefault(file);
	if (!found.ok) {
		return found;
	}
	const lineBreak = findLineBreak(options);
	if (lineBreak !== undefined) {
		return refused(lineBreak);
	}
	const isolcpus = textOf(options, 'isolcpus')?.trim();
	const badWord = refuseWord('isolcpus', isolcpus);
	if (badWord !== undefined) {
		return refused(badWord);
	}
	const fdt = textOf(options, 'fdt')?.trim();
	const withCpus = setDirective(file, 'APPEND', (line = '') => withWord(line, 'isolcpus', isolcpus) ?? '');
	// An empty path does not change the device tree, so the present line stays.
	return done(joinLines(setDirective(withCpus, 'FDT', (line) => (fdt === '' ? line : fdt))));
}

/** In the default label, where it stands for the last time: that one counts. `undefined`: it goes. */
function setDirective(
	file: TextLines,
	name: string,
	change: (value: string | undefined) => string | undefined,
): TextLines {
	const found = findDefault(file);
	const directives = found.ok ? found.value : [];
	const present = directives.filter((directive) => directive.name === name);
	const last = present.at(-1);
	const value = change(last?.value);
	if (value === last?.value || (last === undefined && value === '')) {
		return file;
	}
	if (value === undefined) {
		return removeLines(
			file,
			present.map(({ line }) => line),
		);
	}
	if (last === undefined) {
		const { line, indent } = directives.at(-1) ?? { line: file.lines.length - 1, indent: '' };
		return insertLines(file, line + 1, [`${indent}${name} ${value}`]);
	}
	return setText(file, last.line, `${last.indent}${last.written} ${value}`);
}

/** As in the boot loader, the last one counts. */
function valueOf(directives: readonly Directive[], name: string): string | undefined {
	return directives.findLast((directive) => directive.name === name)?.value;
}

/** The directives of the default label. */
function findDefault(file: TextLines | undefined): BootResult<readonly Directive[]> {
	if (file === undefined) {
		return refused(NO_FILE);
	}
	const sections = parseSections(file);
	const label = valueOf(sections[0]?.directives ?? [], 'DEFAULT');
	if (label === undefined) {
		return refused('Could not find default entry for extlinux.conf file');
	}
	const section = sections.find((candidate) => candidate.label === label);
	return section === undefined
		? refused(`Cannot find label entry (label: ${label}) for extlinux.conf file`)
		: done(section.directives);
}

/** The global one takes precedence, even if it is empty. */
function parseSections({ lines }: TextLines): readonly Section[] {
	let directives: Directive[] = [];
	const sections: Section[] = [{ label: undefined, directives }];
	for (const [line, { text }] of lines.entries()) {
		if (text.trim() === '' || text.trimStart().startsWith('#')) {
			continue;
		}
		const directive = { ...parseDirective(text.trim()), line, indent: /^\s*/.exec(text)?.[0] ?? '' };
		if (directive.name === 'LABEL') {
			directives = [];
			sections.push({ label: directive.value, directives });
		} else {
			directives.push(directive);
		}
	}
	return sections;
}

function parseDirective(line: string): Pick<Directive, 'name' | 'written' | 'value'> {
	const [, written = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
	const name = written.toUpperCase();
	if (name !== 'MENU' || rest === '') {
		return { name, written, value: rest };
	}
	const inner = parseDirective(rest);
	return { name: `MENU ${inner.name}`, written, value: inner.value };
}
