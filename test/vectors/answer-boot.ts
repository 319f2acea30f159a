import { DEFAULT_VARIABLES, normaliseVariables } from '../../src/config/device-variables.ts';
import { schemaOf, SETTING_NAMES } from '../../src/config/schema.ts';
import type { ValueType } from '../../src/config/value-types.ts';
import {
	bootOptionsOf,
	bootVariablesOf,
	BOOT_BACKENDS,
	compareBoot,
	CONFIG_FS,
	CONFIG_TXT,
	EXTLINUX,
	EXTRA_UENV,
	ODMDATA,
	ODMDATA_OFFSETS,
	POWER_FAN,
	selectBootBackends,
	SPLASH,
	type BootBackend,
	type BootOptions,
	type BootResult,
	type BootRules,
	type BootVariables,
} from '../../src/host/index.ts';

/** That it is refused counts, not the words. */
const REFUSED = { refused: true };

type Expected = Readonly<Record<string, unknown>>;
type Bytes = Readonly<Record<string, number>>;

type BootFileInput =
	| { readonly op: 'parse'; readonly backend: 'odmdata'; readonly bytes: Bytes }
	| {
			readonly op: 'serialise';
			readonly backend: 'odmdata';
			readonly options: BootOptions;
			readonly bytesBefore: Bytes;
	  }
	| { readonly op: 'parse'; readonly backend: string; readonly file: string | null }
	| {
			readonly op: 'serialise';
			readonly backend: string;
			readonly options: BootOptions;
			readonly existing: string | null;
	  };

const TEXT_FILES: Readonly<Record<string, BootBackend<string | undefined>>> = {
	'config.txt': CONFIG_TXT,
	extlinux: EXTLINUX,
	extra_uEnv: EXTRA_UENV,
	'config-fs': CONFIG_FS,
};

export function answerBootFile(input: BootFileInput, expected: Expected) {
	const actual = 'bytes' in input || 'bytesBefore' in input ? actualBytes(input) : actualText(input);
	return actual && { actual, expected: 'error' in expected ? REFUSED : expected };
}

function actualText(input: Exclude<BootFileInput, { readonly backend: 'odmdata' }>) {
	const backend = TEXT_FILES[input.backend];
	if (backend === undefined) {
		return undefined;
	}
	return input.op === 'parse'
		? valueOr(backend.parse(input.file ?? undefined), (options) => ({ options }))
		: valueOr(backend.serialise(input.options, input.existing ?? undefined), (file) => ({ file }));
}

function actualBytes(input: Extract<BootFileInput, { readonly backend: 'odmdata' }>) {
	if (input.op === 'parse') {
		return valueOr(ODMDATA.parse(bytesAt(input.bytes)), (options) => ({ options }));
	}
	return valueOr(ODMDATA.serialise(input.options, bytesAt(input.bytesBefore)), (written) => ({
		bytes: Object.fromEntries(ODMDATA_OFFSETS.map((offset, index) => [offset, written[index]])),
		// What the adapter sees to: nothing else is written, and the device is protected again.
		others: 0,
		forceRo: '1',
	}));
}

function bytesAt(bytes: Bytes): readonly number[] {
	return ODMDATA_OFFSETS.map((offset) => bytes[offset] ?? 0);
}

function valueOr<T>(result: BootResult<T>, show: (value: T) => object): object {
	return result.ok ? show(result.value) : REFUSED;
}

type NamingInput =
	| { readonly op: 'variable'; readonly backend: string; readonly variable: string }
	| { readonly op: 'option-name' | 'supported'; readonly backend: string; readonly option: string }
	| { readonly op: 'value'; readonly backend: string; readonly option: string; readonly value: string }
	| { readonly op: 'env-to-options'; readonly backend: string; readonly variables: BootVariables }
	| { readonly op: 'options-to-env'; readonly backend: string; readonly options: BootOptions };

type ConfigVariableInput =
	| NamingInput
	| ChangeInput
	| {
			readonly op: 'device-backends';
			readonly deviceType: string;
			readonly metaRelease: string | null;
			readonly extraUEnvExists: boolean;
	  }
	| { readonly op: 'power-fan-set'; readonly osBefore: unknown; readonly options: BootOptions }
	| { readonly op: 'format-keys'; readonly config: Readonly<Record<string, string>> }
	| { readonly op: 'defaults' }
	| { readonly op: 'value-valid'; readonly key: string; readonly value: unknown };

interface ChangeInput {
	readonly op: 'change-required';
	readonly backend: string;
	readonly current: BootVariables;
	readonly target: BootVariables;
	readonly deviceType: string;
}

export function answerConfigVariable(input: ConfigVariableInput, expected: Expected) {
	return { actual: actualVariable(input), expected: 'error' in expected ? REFUSED : expected };
}

function actualVariable(input: ConfigVariableInput): object {
	switch (input.op) {
		case 'device-backends':
			return { backends: backendsOf(input) };
		case 'power-fan-set':
			return setPowerFan(input.osBefore ?? undefined, input.options);
		case 'format-keys':
			return { config: normaliseVariables(input.config) };
		case 'defaults':
			return { config: DEFAULT_VARIABLES };
		case 'value-valid':
			return { valid: typeStoredAs(input.key).decode(input.value).ok };
		case 'change-required':
			return requiresChange(input);
		default:
			return actualNaming(
				input,
				BOOT_BACKENDS.find(({ name }) => name === input.backend)!,
			);
	}
}

function typeStoredAs(key: string): ValueType<unknown> {
	return SETTING_NAMES.map(schemaOf).find((setting) => setting.key === key)!.type;
}

function actualNaming(input: NamingInput, rules: BootRules): object {
	switch (input.op) {
		case 'variable':
			return describeVariable(rules, input.variable);
		case 'option-name':
			return { variable: rules.variableOf(input.option) };
		case 'supported':
			return { supported: rules.isOptionAllowed(input.option) };
		case 'value':
			return valueOr(rules.parseValue(input.option, input.value), (value) => ({ value }));
		case 'env-to-options':
			return valueOr(bootOptionsOf(rules, input.variables), (options) => ({ options }));
		case 'options-to-env':
			return { variables: bootVariablesOf(rules, input.options) };
	}
}

function describeVariable(rules: BootRules, variable: string): object {
	if (!rules.isBootVariable(variable)) {
		return { isBootConfigVar: false };
	}
	const option = rules.optionOf(variable);
	return { isBootConfigVar: true, configName: option, supported: rules.isOptionAllowed(option) };
}

function backendsOf(input: Extract<ConfigVariableInput, { readonly op: 'device-backends' }>): readonly string[] {
	return selectBootBackends({
		deviceType: input.deviceType,
		metaRelease: input.metaRelease ?? undefined,
		hasExtraUEnv: input.extraUEnvExists,
	});
}

function setPowerFan(osBefore: unknown, options: BootOptions): object {
	return valueOr(POWER_FAN.serialise(options, osBefore), (os) => ({
		os,
		...valueOr(POWER_FAN.parse(os), (read) => ({ read })),
	}));
}

const LABEL = 'DEFAULT primary\nLABEL primary\nAPPEND ro\n';
const FACTORY = Buffer.from('89504e470d0a1a0a', 'hex');

/** We compare with what is on the device, so that is made of the current variables first. */
function requiresChange(input: ChangeInput): object {
	switch (input.backend) {
		case 'splash': {
			const image = input.current['HOST_SPLASH_image'];
			const active = image === undefined ? FACTORY : Buffer.from(image.split(',').at(-1)!, 'base64');
			return compareWith(SPLASH, input, { active, factory: FACTORY });
		}
		case 'odmdata':
			return compareWith(ODMDATA, input, contentOf(ODMDATA, input, [0, 0, 0]));
		case 'power-fan':
			return compareWith(POWER_FAN, input, contentOf<unknown>(POWER_FAN, input, {}));
		default: {
			const backend = TEXT_FILES[input.backend]!;
			return compareWith(backend, input, contentOf(backend, input, backend === EXTLINUX ? LABEL : ''));
		}
	}
}

function contentOf<C>(backend: BootBackend<C>, { current }: ChangeInput, empty: C): C {
	const options = bootOptionsOf(backend, current);
	const content = options.ok ? backend.serialise(options.value, empty) : options;
	return content.ok ? content.value : empty;
}

function compareWith<C>(backend: BootBackend<C>, { current, target, deviceType }: ChangeInput, existing: C): object {
	// Some vectors have a current that no file can hold.
	const parse = (content: C) => (content === existing ? bootOptionsOf(backend, current) : backend.parse(content));
	return valueOr(compareBoot({ ...backend, parse }, { target, existing, deviceType }), ({ isChanged }) => ({
		required: isChanged,
	}));
}
