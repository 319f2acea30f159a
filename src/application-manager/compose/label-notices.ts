import { FEATURE_NAMES } from './features.ts';
import { FEATURE_PREFIX, isStrategy, parseHandoverTimeoutMs, STRATEGY_DEFAULT, type Labels } from './labels.ts';
import { describeValue, type Place } from './place.ts';

/** Evaluated before the app is composed (see contracts). */
const OPTIONAL = 'optional';
const FLAG_WORDS = /^(?:0|1|true|false|on|off|)$/i;

/** Adds a notice for each label of ours that has no meaning, or not the one that it seems to have (decision D25). */
export function noteLabels(labels: Labels, place: Place): void {
	for (const [name, value] of Object.entries(labels)) {
		const problem = problemOf(name, value);
		if (problem !== undefined) {
			place.key(name).note(`Ignoring ${describeValue(value)}${problem}`);
		}
	}
}

/** Labels of the composition that the supervisor sets itself. */
export function noteOverridden(given: Labels, identity: Labels, place: Place): void {
	for (const [name, value] of Object.entries(given)) {
		const own = name.startsWith('io.resin.') ? name.replace('io.resin.', 'io.balena.') : name;
		if (Object.hasOwn(identity, own) && identity[own] !== value) {
			place.key(name).note(`Ignoring ${describeValue(value)}: the supervisor sets this label`);
		}
	}
}

function problemOf(name: string, value: string): string | undefined {
	if (name === 'io.balena.update.strategy' && !isStrategy(value)) {
		return `, which is no update strategy: it is ${STRATEGY_DEFAULT}`;
	}
	if (name === 'io.balena.update.handover-timeout' && parseHandoverTimeoutMs(value) === undefined) {
		return ', which is no number of milliseconds above zero';
	}
	if (name === 'io.balena.update.requires-reboot' && !FLAG_WORDS.test(value)) {
		return ', which is not true or false: the label is taken as false';
	}
	if (!name.startsWith(FEATURE_PREFIX)) {
		return undefined;
	}
	const feature = name.slice(FEATURE_PREFIX.length);
	if (![...FEATURE_NAMES, OPTIONAL].includes(feature)) {
		return ': there is no such feature';
	}
	return FLAG_WORDS.test(value) ? undefined : ', which is not true or false: the feature is off';
}
