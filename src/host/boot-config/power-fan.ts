import { isPlainObject } from '../../lib/is-plain-object.ts';
import {
	done,
	namedByList,
	textOf,
	USUAL_RULES,
	type BootBackend,
	type BootOptions,
	type BootResult,
} from './backend.ts';

/** Option → its path in the `os` object of config.json. */
const PLACES = [
	{ option: 'power_mode', group: 'power', property: 'mode' },
	{ option: 'fan_profile', group: 'fan', property: 'profile' },
] as const;

export const POWER_FAN_OPTIONS: readonly string[] = PLACES.map(({ option }) => option);

const NAMING = namedByList('HOST_CONFIG_', POWER_FAN_OPTIONS);
export const isPowerFanVariable = NAMING.isBootVariable;

/** Power mode and fan profile of Jetson Orins (spec: host 3.9). The content is the `os` object of config.json. */
export const POWER_FAN: BootBackend<unknown> = {
	...USUAL_RULES,
	...NAMING,
	name: 'power-fan',
	supports: ({ deviceType }) => deviceType.includes('-orin-'),
	isOptionAllowed: (option) => POWER_FAN_OPTIONS.includes(option),
	// The operating system applies a fan profile at once.
	needsReboot: (before, after) => textOf(before, 'power_mode') !== textOf(after, 'power_mode'),
	parse: parsePowerFan,
	serialise: serialisePowerFan,
};

function parsePowerFan(os: unknown): BootResult<BootOptions> {
	const options: Record<string, string> = {};
	for (const { option, group, property } of PLACES) {
		const content = isPlainObject(os) ? os[group] : undefined;
		const value = isPlainObject(content) ? content[property] : undefined;
		const isWrong =
			(content !== undefined && !isPlainObject(content)) || (value !== undefined && typeof value !== 'string');
		if (isWrong) {
			return done({});
		}
		if (typeof value === 'string') {
			options[option] = value;
		}
	}
	return done(options);
}

/** A group of ours is replaced as a whole; other groups of `os` are not ours. */
function serialisePowerFan(options: BootOptions, os: unknown): BootResult<unknown> {
	const groups = new Map<string, unknown>(isPlainObject(os) ? Object.entries(os) : []);
	for (const { option, group, property } of PLACES) {
		const value = textOf(options, option);
		if (value === undefined) {
			groups.delete(group);
		} else {
			groups.set(group, { [property]: value });
		}
	}
	return done(Object.fromEntries(groups));
}
