import isEqual from 'lodash/isEqual.js';
import { done, refused, type BootBackend, type BootOptions, type BootResult, type BootVariables } from './backend.ts';
import { bootOptionsOf, bootVariablesOf } from './boot-variables.ts';

export interface BootComparison<C> {
	/** What is set on the device. */
	readonly current: BootOptions;
	/** As the target says. */
	readonly asked: BootOptions;
	/** The target, with what the device type requires. */
	readonly options: BootOptions;
	/** What to keep on the device. May differ from what is there, in form only, where nothing has changed. */
	readonly content: C;
	readonly isChanged: boolean;
	readonly needsReboot: boolean;
}

/**
 * Whether a target changes what a backend keeps on the device (spec: host 3.2). Compared is what would be read back: of a
 * value that cannot be kept in the form it was asked for, each boot would find a difference again and end in a reboot.
 */
export function compareBoot<C>(
	backend: BootBackend<C>,
	{
		target,
		existing,
		deviceType,
	}: { readonly target: BootVariables; readonly existing: C; readonly deviceType: string },
): BootResult<BootComparison<C>> {
	const current = backend.parse(existing);
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
	const kept = backend.serialise(options, existing);
	if (!kept.ok) {
		return kept;
	}
	const after = backend.parse(kept.value);
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
