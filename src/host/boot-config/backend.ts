import type { BootBackendName, BootContents } from '../../domain/device-config.ts';

/** Several values, for options that may occur more than once in their file. */
export type BootValue = string | readonly string[];

/** Option → value. The order is that of the file. */
export type BootOptions = Readonly<Record<string, BootValue>>;

/** Variable without its prefix (`HOST_CONFIG_gpu_mem`) → text. */
export type BootVariables = Readonly<Record<string, string>>;

/** The facts that decide which backends a device has. */
export interface BootFacts {
	readonly deviceType: string;
	/** `META_BALENA_VERSION` of os-release. */
	readonly metaRelease: string | undefined;
	/** Whether the boot partition has a file `extra_uEnv.txt`. */
	readonly hasExtraUEnv: boolean;
}

/** A refusal is an answer, not an exception; warnings are for the log and change nothing. */
export type BootResult<T> =
	| { readonly ok: true; readonly value: T; readonly warnings: readonly string[] }
	| { readonly ok: false; readonly message: string };

/** Names of the variables of a target and of the options of a boot file, and which of them may be changed. */
export interface BootRules {
	readonly name: BootBackendName;
	readonly supports: (facts: BootFacts) => boolean;
	readonly isBootVariable: (variable: string) => boolean;
	/** Only for a variable of this backend. */
	readonly optionOf: (variable: string) => string;
	readonly variableOf: (option: string) => string;
	/** Other options may be read and reported, never changed: a wrong value keeps the device from booting. */
	readonly isOptionAllowed: (option: string) => boolean;
	readonly parseValue: (option: string, text: string) => BootResult<BootValue>;
	/** The target with the changes that this type of device requires, even against the cloud. */
	readonly requireOptions: (options: BootOptions, deviceType: string) => BootOptions;
	/** Only for options that differ. */
	readonly needsReboot: (before: BootOptions, after: BootOptions) => boolean;
}

/** `C` is the content that the backend keeps on the device: the text of a file (`undefined` without one), bytes, an object. */
export interface BootBackend<C> extends BootRules {
	/** The options in force on this type of device. */
	readonly parse: (content: C, deviceType?: string) => BootResult<BootOptions>;
	/** The content that replaces `existing`; the same, with a warning, if these options cannot be stored. */
	readonly serialise: (options: BootOptions, existing: C, deviceType?: string) => BootResult<C>;
}

/** By name: the backend, with the form of its content. */
export type BootBackends = { readonly [N in BootBackendName]: BootBackend<BootContents[N]> };

type Naming = Pick<BootRules, 'isBootVariable' | 'optionOf' | 'variableOf'>;

/** The behaviour of most backends; each adds its own. */
export const USUAL_RULES = {
	parseValue: (_option: string, text: string) => done(text),
	requireOptions: (options: BootOptions) => options,
	needsReboot: () => true,
};

/** All variables with this prefix. A prefix alone names no option; taken as one it at least reads back unchanged. */
export function namedByPrefix(prefix: string): Naming {
	return {
		isBootVariable: (variable) => variable.startsWith(prefix),
		optionOf: (variable) => (variable === prefix ? variable : variable.slice(prefix.length)),
		variableOf: (option) => `${prefix}${option}`,
	};
}

/** Only these options. Their names without prefix count too (spec: config 5.1). */
export function namedByList(prefix: string, options: readonly string[]): Naming {
	const optionOf = (variable: string) => (variable.startsWith(prefix) ? variable.slice(prefix.length) : variable);
	return {
		isBootVariable: (variable) => options.includes(optionOf(variable)),
		optionOf,
		variableOf: (option) => `${prefix}${option}`,
	};
}

export function done<T>(value: T, warnings: readonly string[] = []) {
	return { ok: true, value, warnings } as const;
}

export function refused(message: string) {
	return { ok: false, message } as const;
}

/** The value of an option that occurs once. */
export function textOf(options: BootOptions, option: string): string | undefined {
	const value = Object.hasOwn(options, option) ? options[option] : undefined;
	return typeof value === 'object' ? value.join(',') : value;
}

/**
 * One line of a boot file contains one option: with a line break in it a value could set any other option, also a
 * forbidden one.
 */
export function findLineBreak(options: BootOptions): string | undefined {
	const broken = Object.entries(options).find(([option, value]) => /[\r\n]/.test([option, value].flat().join(' ')));
	return broken && `The value of ${broken[0].replace(/\s+/g, ' ')} contains a line break`;
}
