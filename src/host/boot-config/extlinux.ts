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
import { splitWords, valueOfWord, wordName, wordOf } from './boot-words.ts';

/** The part of the file before the first label (`undefined`), or one label. */
interface Section {
	readonly label: string | undefined;
	readonly directives: readonly Directive[];
}
interface Directive {
	readonly name: string;
	readonly value: string;
}

const OPTIONS: readonly string[] = ['isolcpus', 'fdt'];
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
	const found = findDefault(text);
	if (!found.ok) {
		return found;
	}
	const { directives } = found.value.section;
	const append = valueOf(directives, 'APPEND');
	if (append === undefined) {
		return refused('Could not find APPEND directive in default extlinux.conf boot entry');
	}
	const words = splitWords(append);
	const invalid = words.find((word) => word.split('=').length > 2);
	if (invalid !== undefined) {
		return refused(`Unable to parse invalid value: ${invalid}`);
	}
	const isolcpus = valueOfWord(words, 'isolcpus');
	const fdt = valueOf(directives, 'FDT');
	return done({ ...(isolcpus !== undefined && { isolcpus }), ...(fdt !== undefined && { fdt }) });
}

function serialiseExtlinux(options: BootOptions, existing: string | undefined): BootResult<string> {
	const found = findDefault(existing);
	if (!found.ok) {
		return found;
	}
	const lineBreak = findLineBreak(options);
	if (lineBreak !== undefined) {
		return refused(lineBreak);
	}
	const isolcpus = textOf(options, 'isolcpus')?.trim();
	if (isolcpus !== undefined && /[=\s]/.test(isolcpus)) {
		return refused(`One of the values being set contains an invalid character: [ value: ${isolcpus}, key: isolcpus ]`);
	}
	const { sections, section } = found.value;
	const changed = {
		...section,
		directives: withFdt(withIsolcpus(section.directives, isolcpus), textOf(options, 'fdt')),
	};
	return done(sections.map((each) => textOfSection(each === section ? changed : each)).join(''));
}

function withIsolcpus(directives: readonly Directive[], isolcpus: string | undefined): readonly Directive[] {
	const append = valueOf(directives, 'APPEND');
	const others = splitWords(append ?? '').filter((word) => wordName(word) !== 'isolcpus');
	const words = isolcpus === undefined ? others : [...others, wordOf('isolcpus', isolcpus)];
	return append === undefined && words.length === 0 ? directives : withDirective(directives, 'APPEND', words.join(' '));
}

/** An empty path does not change the device tree, so the present line stays. */
function withFdt(directives: readonly Directive[], fdt: string | undefined): readonly Directive[] {
	if (fdt === undefined) {
		return directives.filter(({ name }) => name !== 'FDT');
	}
	return fdt.trim() === '' ? directives : withDirective(directives, 'FDT', fdt.trim());
}

/** Once, at the position of the first one. */
function withDirective(directives: readonly Directive[], name: string, value: string): readonly Directive[] {
	const index = directives.findIndex((directive) => directive.name === name);
	const others = directives.filter((directive) => directive.name !== name);
	return others.toSpliced(index === -1 ? others.length : index, 0, { name, value });
}

/** As in the boot loader, the last one counts. */
function valueOf(directives: readonly Directive[], name: string): string | undefined {
	return directives.findLast((directive) => directive.name === name)?.value;
}

function findDefault(
	text: string | undefined,
): BootResult<{ readonly sections: readonly Section[]; readonly section: Section }> {
	if (text === undefined) {
		return refused('Could not find extlinux file. Device is possibly bricked');
	}
	const sections = parseSections(text);
	const label = valueOf(sections[0]?.directives ?? [], 'DEFAULT');
	if (label === undefined) {
		return refused('Could not find default entry for extlinux.conf file');
	}
	const section = sections.find((candidate) => candidate.label === label);
	return section === undefined
		? refused(`Cannot find label entry (label: ${label}) for extlinux.conf file`)
		: done({ sections, section });
}

/** The global one takes precedence, even if it is empty. */
function parseSections(text: string): readonly Section[] {
	let directives: Directive[] = [];
	const sections: Section[] = [{ label: undefined, directives }];
	for (const line of text.split('\n').map((rawLine) => rawLine.trim())) {
		if (line === '' || line.startsWith('#')) {
			continue;
		}
		const directive = parseDirective(line);
		if (directive.name === 'LABEL') {
			directives = [];
			sections.push({ label: directive.value, directives });
		} else {
			directives.push(directive);
		}
	}
	return sections;
}

function parseDirective(line: string): Directive {
	const [, first = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
	const name = first.toUpperCase();
	if (name !== 'MENU' || rest === '') {
		return { name, value: rest };
	}
	const inner = parseDirective(rest);
	return { name: `MENU ${inner.name}`, value: inner.value };
}

function textOfSection({ label, directives }: Section): string {
	const lines = directives.map(({ name, value }) => `${name} ${value}\n`);
	return [...(label === undefined ? [] : [`LABEL ${label}\n`]), ...lines].join('');
}
