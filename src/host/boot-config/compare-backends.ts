import type { BootBackendName, CurrentBoot, CurrentBootBackend, ReadBootBackend } from '../../domain/device-config.ts';
import { fingerprint } from '../../lib/fingerprint.ts';
import { refused, type BootBackends, type BootResult, type BootRules, type BootVariables } from './backend.ts';
import { bootVariablesOf } from './boot-variables.ts';
import { compareBoot, type BootComparison } from './compare-boot.ts';
import { BOOT_BACKENDS_BY_NAME } from './select-backends.ts';

/** `asked` as in the target; `options` with those that the type of device requires. */
export interface ChangedBackend extends Pick<BootComparison<unknown>, 'asked' | 'options' | 'needsReboot'> {
	readonly name: BootBackendName;
}

export interface BootRefusal {
	readonly name: BootBackendName;
	readonly message: string;
}

export interface BootDifferences {
	readonly changed: readonly ChangedBackend[];
	/** The first option that is not allowed or not possible on this device; then none is changed (spec: host 3.2). */
	readonly refusal?: BootRefusal;
	/** Unexpected content that does not prevent changes. */
	readonly warnings: readonly { readonly name: BootBackendName; readonly text: string }[];
}

/** The changes of a target in all boot backends of the device (spec: host 3.2). */
export function compareBackends({ deviceType, backends }: CurrentBoot, variables: BootVariables): BootDifferences {
	const changed: ChangedBackend[] = [];
	const warnings: BootDifferences['warnings'][number][] = [];
	let refusal: BootRefusal | undefined;
	for (const backend of backends) {
		const { name } = backend;
		const compared = compareBackend(backend, variables, deviceType);
		if (compared.ok) {
			warnings.push(...compared.warnings.map((text) => ({ name, text })));
			changed.push(...(compared.value === undefined ? [] : [compared.value]));
		} else if (Object.keys(variables).some(BOOT_BACKENDS_BY_NAME[name].isBootVariable)) {
			refusal ??= { name, message: compared.message };
		} else {
			warnings.push({ name, text: compared.message }); // the target sets no option of this backend
		}
	}
	return { changed, warnings, ...(refusal !== undefined && { refusal }) };
}

const VALUE_LENGTH_MAX = 60;

/**
 * The variables that a reboot will change, with their values after it: for a person, and in the same words each time.
 * Empty: none.
 */
export function describeRebootChanges({ deviceType, backends }: CurrentBoot, variables: BootVariables): string {
	return backends
		.flatMap((backend) => {
			const changes = backend.state === 'read' ? changesOf(backend, variables, deviceType) : [];
			return changes.length === 0 ? [] : [`${changes.join(', ')} (${backend.name})`];
		})
		.join('; ');
}

function changesOf<N extends BootBackendName>(
	{ name, content }: ReadBootBackend<N>,
	target: BootVariables,
	deviceType: string,
): readonly string[] {
	const backend = backendOf(name);
	const compared = compareBoot(backend, { target, existing: content, deviceType });
	const written = compared.ok ? backend.parse(compared.value.content, deviceType) : compared;
	if (!compared.ok || !written.ok || !compared.value.isChanged || !compared.value.needsReboot) {
		return [];
	}
	const before = bootVariablesOf(backend, compared.value.current);
	const after = bootVariablesOf(backend, written.value);
	return [...new Set([...Object.keys(before), ...Object.keys(after)])]
		.filter((variable) => before[variable] !== after[variable])
		.sort()
		.map((variable) => {
			const value = after[variable];
			return value === undefined ? `without ${variable}` : `${variable}=${shorten(value)}`;
		});
}

/** A splash image is a long text. */
function shorten(value: string): string {
	return value.length <= VALUE_LENGTH_MAX ? value : `${value.slice(0, VALUE_LENGTH_MAX / 2)}… ${fingerprint(value)}`;
}

/** The variables that a backend of this device knows. */
export function ownBootVariables({ backends }: CurrentBoot, variables: BootVariables): BootVariables {
	const rules: readonly BootRules[] = backends.map(({ name }) => BOOT_BACKENDS_BY_NAME[name]);
	return Object.fromEntries(
		Object.entries(variables).filter(([variable]) => rules.some(({ isBootVariable }) => isBootVariable(variable))),
	);
}

/** The present options of the device, in the form of variables. A backend that cannot be read has none. */
export function currentBootVariables({ backends, deviceType }: CurrentBoot): BootVariables {
	return Object.assign({}, ...backends.map((backend) => variablesIn(backend, deviceType))) as BootVariables; // each backend has its own variables
}

function variablesIn(backend: CurrentBootBackend, deviceType: string): BootVariables {
	if (backend.state === 'unreadable') {
		return {};
	}
	const options = parse(backend, deviceType);
	return options.ok ? bootVariablesOf(BOOT_BACKENDS_BY_NAME[backend.name], options.value) : {};
}

function parse<N extends BootBackendName>({ name, content }: ReadBootBackend<N>, deviceType: string) {
	return backendOf(name).parse(content, deviceType);
}

/** `undefined`: no change. */
function compareBackend(
	backend: CurrentBootBackend,
	target: BootVariables,
	deviceType: string,
): BootResult<ChangedBackend | undefined> {
	return backend.state === 'unreadable' ? refused(backend.error) : compareRead(backend, target, deviceType);
}

function compareRead<N extends BootBackendName>(
	{ name, content }: ReadBootBackend<N>,
	target: BootVariables,
	deviceType: string,
): BootResult<ChangedBackend | undefined> {
	const compared = compareBoot(backendOf(name), { target, existing: content, deviceType });
	if (!compared.ok) {
		return compared;
	}
	const { isChanged, asked, options, needsReboot } = compared.value;
	return { ...compared, value: isChanged ? { name, asked, options, needsReboot } : undefined };
}

function backendOf<N extends BootBackendName>(name: N): BootBackends[N] {
	return BOOT_BACKENDS_BY_NAME[name];
}
