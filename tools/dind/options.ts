import { DeviceError } from '../device/index.ts';

/** One option of a command: as `parseArgs` takes it, and its line of the usage. */
interface OptionRow {
	readonly type: 'string' | 'boolean';
	readonly short?: string;
	readonly multiple?: boolean;
	/** What its value is called. */
	readonly value?: string;
	readonly help: string;
}

export type OptionTable = Readonly<Record<string, OptionRow>>;
type OptionValues = Readonly<Record<string, unknown>>;
type ValueOf<R> = R extends { readonly type: 'boolean' }
	? boolean
	: R extends { readonly multiple: true }
		? string[]
		: string;
/** What was given of a table. */
export type ValuesOf<T extends OptionTable> = { readonly [K in keyof T]?: ValueOf<T[K]> | undefined };

/** Two options that cannot be given together, or (`needs`) one that is nothing without the other. */
export interface OptionRule {
	readonly option: string;
	readonly without?: string;
	readonly needs?: string;
	/** Instead of the usual sentence. */
	readonly problem?: string;
	readonly remedy?: string;
}

const COLUMN = 26;

/** How each command finds its device. */
export const PLACE_OPTIONS = {
	name: {
		type: 'string',
		value: 'NAME',
		help: 'another device beside the usual one, in the folder …-NAME, with a port of its own',
	},
	'dind-container': {
		type: 'string',
		value: 'NAME',
		help: 'the same; with --os also the name of its container, balena-container-NAME',
	},
	directory: { type: 'string', value: 'DIR', help: 'where the device keeps its files (~/.local/state/dindctl)' },
} as const satisfies OptionTable;

export function describeOptions(table: OptionTable): readonly string[] {
	return Object.entries(table).map(([name, { short, value, help }]) => {
		const names = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
		return `  ${names.padEnd(COLUMN)}${names.length < COLUMN ? '' : `\n${' '.repeat(COLUMN + 2)}`}${help}`;
	});
}

export function checkRules(values: OptionValues, rules: readonly OptionRule[]): void {
	const isGiven = (name: string) => values[name] !== undefined;
	for (const rule of rules.filter(({ option }) => isGiven(option))) {
		const { option, without, needs } = rule;
		if (without !== undefined && isGiven(without)) {
			throw new DeviceError(
				rule.problem ?? `--${option} goes without --${without}`,
				rule.remedy ?? 'Leave out one of them',
			);
		}
		if (needs !== undefined && !isGiven(needs)) {
			throw new DeviceError(rule.problem ?? `--${option} goes with --${needs} only`, rule.remedy ?? `Add --${needs}`);
		}
	}
}

/** Takes the options of the place off a line whose other arguments belong to another program. */
export function takePlace(args: readonly string[], where: 'first' | 'anywhere') {
	const place: Record<string, string> = {};
	const rest: string[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const arg = args[at] ?? '';
		const name = Object.keys(PLACE_OPTIONS).find((option) => arg === `--${option}` || arg.startsWith(`--${option}=`));
		if (name === undefined || (where === 'first' && rest.length > 0)) {
			rest.push(arg);
			continue;
		}
		const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args[(at += 1)];
		if (value === undefined) throw new DeviceError(`--${name} needs a value`, 'See dindctl --help');
		place[name] = value;
	}
	return { place, rest };
}
