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
import { splitWords, valueOfWord, wordOf } from './boot-words.ts';

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
	const { entries, warnings } = readEntries(text);
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
	const wanted = new Map<string, string>();
	const warnings: string[] = [];
	for (const option of Object.keys(options)) {
		const value = textOf(options, option) ?? '';
		if (option === 'fdt') {
			wanted.set(FDT_KEY, value);
		} else if (option === 'isolcpus') {
			wanted.set(COMMAND_LINE_KEY, wordOf('isolcpus', value.trim()));
		} else {
			warnings.push(`Not setting unsupported value: { ${option}: ${value} }`);
		}
	}
	const { entries } = readEntries(existing ?? '');
	const isOurs = ({ key }: Entry) => key === FDT_KEY || key === COMMAND_LINE_KEY;
	const kept = entries.flatMap((entry) => {
		if (!isOurs(entry)) {
			return [entry];
		}
		const value = wanted.get(entry.key);
		// Only at its first position: readers disagree on which one counts.
		wanted.delete(entry.key);
		return value === undefined ? [] : [{ ...entry, value }];
	});
	const added = [...wanted].map(([key, value]) => ({ key, value }));
	return done([...kept, ...added].map(({ key, value }) => `${key}=${value}\n`).join(''), warnings);
}

function readEntries(text: string): { readonly entries: readonly Entry[]; readonly warnings: readonly string[] } {
	const entries: Entry[] = [];
	const warnings: string[] = [];
	for (const line of text.split(/\r?\n/).map((rawLine) => rawLine.trimStart())) {
		if (line === '' || line.startsWith('#')) {
			continue;
		}
		const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
		if (key === undefined || value === undefined) {
			warnings.push(`Could not read extra_uEnv entry: ${line}`);
		} else {
			entries.push({ key, value });
		}
	}
	return { entries, warnings };
}
