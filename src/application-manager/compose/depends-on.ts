import type { Dependency } from '../../domain/service.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { parseTexts } from './parse-list.ts';
import { describeValue, noteOtherKeys, type Place } from './place.ts';

const CONDITIONS: readonly Dependency['condition'][] = [
	'service_started',
	'service_healthy',
	'service_completed_successfully',
];

/** The short form means "has been started", the long form keeps its conditions. */
export function parseDependsOn(value: unknown, place: Place): readonly Dependency[] {
	if (Array.isArray(value)) {
		return (parseTexts(value, place) ?? []).map(startOf);
	}
	if (!isPlainObject(value)) {
		place.refuseValue('a list of services or a map', value);
		return [];
	}
	return Object.entries(value).map(([service, raw]) => parseDependency(service, raw ?? {}, place.key(service)));
}

function parseDependency(service: string, raw: unknown, place: Place): Dependency {
	if (!isPlainObject(raw)) {
		place.refuseValue('a map with a condition', raw);
		return startOf(service);
	}
	if (raw['restart'] === true) {
		place.key('restart').note('Ignoring restart: a service does not restart because another one did');
	}
	noteOtherKeys(raw, place, ['condition', 'required', 'restart'], 'a dependency has a condition and required');
	const { required } = raw;
	if (required != null && typeof required !== 'boolean') {
		place.key('required').note(`Ignoring ${describeValue(required)}: the service is required`);
	}
	const wanted = raw['condition'] ?? 'service_started';
	const condition = CONDITIONS.find((name) => name === wanted);
	if (condition === undefined) {
		place.key('condition').refuseValue(CONDITIONS.join(', '), wanted);
		return startOf(service);
	}
	return { service, condition, required: required !== false };
}

function startOf(service: string): Dependency {
	return { service, condition: 'service_started', required: true };
}

/** The owner of a shared namespace has to start first. A condition of the composition stays. */
export function withDependency(dependencies: readonly Dependency[], service: string): readonly Dependency[] {
	return dependencies.some((dependency) => dependency.service === service)
		? dependencies
		: [...dependencies, startOf(service)];
}
