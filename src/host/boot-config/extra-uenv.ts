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

const DEVICE_TYPES: readonly RegExp[] = [
	/-nano$/,
	/-nano-emmc$/,
	/-nano-2gb-devkit$/,
	/-tx2$/,
	/-tx2-nx/,
	/-agx-orin-/,
	/-orin-nx-/,
	/-orin-nano-/,
	/imx8mm-var-som/,
	/^iot-gate-imx8plus(?:-d1d8)?$/,
	/imx8mm?-var-dart/,
];
const FDT_KEY = 'custom_fdt_file';
const COMMAND_LINE_KEY = 'extra_os_cmdline';
const OPTIONS: readonly string[] = ['fdt', 'isolcpus'];

interface Entry {
	readonly key: string;
	readonly value: string;
	readonly line: number;
}

/** Variables for U-Boot (spec: host 3.5). Other keys belong to the operating system and stay. */
export const EXTRA_UENV: BootBackend<string | undefined> = {
	...USUAL_RULES,
	...namedByPrefix('HOST_EXTLINUX_'),
	name: 'extra_uEnv',
	supports: ({ deviceType, hasExtraUEnv }) => hasExtraUEnv && DEVICE_TYPES.some((pattern) => pattern.test(deviceType)),
	isOptionAllowed: (option) => OPTIONS.includes(option),
	parse: parseExtraUEnv,
	serialise: serialiseExtraUEnv,
};

function parseExtraUEnv(text: string | undefined): BootResult<BootOptions> {
	if (text === undefined) {
		return refused('Could not find extra_uEnv file. Device is possibly bricked');
	}
	const { entries, warnings } = readEntries(splitLines(text));
	const fdt = entries.find(({ key }) => key === FDT_KEY)?.value;
	const commandLine = entries.find(({ key }) => key === COMMAND_LINE_KEY)?.value;
	const isolcpus = valueOfWord(splitWords(commandLine ?? ''), 'isolcpus');
	return done({ ...(isolcpus !== undefined && { isolcpus }), ...(fdt !== undefined && { fdt }) }, warnings);
}

function serialiseExtraUEnv(options: BootOptions, existing: string | undefined): BootResult<string> {
	const lineBreak = findLineBreak(options);
	if (lineBreak !== undefined) {
		return refused(lineBreak);
	}
	const isolcpus = textOf(options, 'isolcpus')?.trim();
	const badWord = refuseWord('isolcpus', isolcpus);
	if (badWord !== undefined) {
		return refused(badWord);
	}
	const unsupported = Object.keys(options).filter((option) => !OPTIONS.includes(option));
	const warnings = unsupported.map(
		(option) => `Not setting unsupported value: { ${option}: ${textOf(options, option) ?? ''} }`,
	);
	const withTree = setKey(splitLines(existing ?? ''), FDT_KEY, () => textOf(options, 'fdt'));
	return done(
		joinLines(setKey(withTree, COMMAND_LINE_KEY, (line) => withWord(line ?? '', 'isolcpus', isolcpus))),
		warnings,
	);
}

/** At its first position, because readers disagree on which one counts. `undefined`: the key goes. */
function setKey(file: TextLines, key: string, change: (value: string | undefined) => string | undefined): TextLines {
	const [first, ...others] = readEntries(file).entries.filter((entry) => entry.key === key);
	const value = change(first?.value);
	if (first?.value === value) {
		return file;
	}
	if (first === undefined) {
		return insertLines(file, file.lines.length, [`${key}=${value ?? ''}`]);
	}
	const gone = others.map(({ line }) => line);
	return value === undefined
		? removeLines(file, [first.line, ...gone])
		: removeLines(setText(file, first.line, `${key}=${value}`), gone);
}

function readEntries({ lines }: TextLines): {
	readonly entries: readonly Entry[];
	readonly warnings: readonly string[];
} {
	const entries: Entry[] = [];
	const warnings: string[] = [];
	for (const [index, { text }] of lines.entries()) {
		const line = text.trimStart();
		if (line === '' || line.startsWith('#')) {
			continue;
		}
		const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
		if (key === undefined || value === undefined) {
			warnings.push(`Could not read extra_uEnv entry: ${line}`);
		} else {
			entries.push({ key, value, line: index });
		}
	}
	return { entries, warnings };
}
