import isEqual from 'lodash/isEqual.js';
import { done, refused, type BootBackend, type BootOptions, type BootResult, type BootVariables } from './backend.ts';
import { bootOptionsOf, bootVariablesOf } from './boot-variables.ts';

export interface BootComparison<C> {
	/** The present options of the device. */
	readonly current: BootOptions;
	/** As in the target. */
	readonly asked: BootOptions;
	/** The target, with the options that the device type requires. */
	readonly options: BootOptions;
	/** The content for the device. Without changed options it may differ from the present content in form only. */
	readonly content: C;
	readonly isChanged: boolean;
	readonly needsReboot: boolean;
}

/**
 * Whether a target changes the content of a backend (spec: host 3.2). Compares the options that would be read back: a
 * value that cannot be stored as requested would differ again after each boot, and each boot would end in a reboot.
 */
export function compareBoot<C>(
	backend: BootBackend<C>,
	{
		target,
		existing,
		deviceType,
	}: { readonly target: BootVariables; readonly existing: C; readonly deviceType: string },
): BootResult<BootComparison<C>> {
	const current = backend.parse(existing, deviceType);
	if (!current.ok) {
		return current;
	}
	const asked = bootOptionsOf(backend, target);
	if (!asked.ok) {
		return asked;
	}
	const options = backend.requireOptions(asked.value, deviceType);
	const forbidden = Object.keys(options).find(
		(option) => !backend.isOptionAllowed(option) && !isEqual(options[option], valueOf(current.value, option)),
	);
	if (forbidden !== undefined) {
		return refused(`Attempt to change blacklisted config value ${forbidden}`);
	}
	const kept = backend.serialise(options, existing, deviceType);
	if (!kept.ok) {
		return kept;
	}
	const after = backend.parse(kept.value, deviceType);
	if (!after.ok) {
		return after;
	}
	const isChanged =
		!isEqual(options, current.value) &&
		!isEqual(bootVariablesOf(backend, after.value), bootVariablesOf(backend, current.value));
	return done(
		{
			current: current.value,
			asked: asked.value,
			options,
			content: kept.value,
			isChanged,
			needsReboot: isChanged && backend.needsReboot(current.value, after.value),
		},
		[...current.warnings, ...asked.warnings, ...kept.warnings],
	);
}

function valueOf(options: BootOptions, option: string) {
	return Object.hasOwn(options, option) ? options[option] : undefined;
}
