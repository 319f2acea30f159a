import type { UpdateStrategy } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { parsePairs } from './parse-pairs.ts';
import type { Place } from './place.ts';

export type Labels = Readonly<Record<string, string>>;

export const FEATURE_PREFIX = 'io.balena.features.';

/** `io.resin.*` is the old name of `io.balena.*`; the new name takes precedence where both are set (spec: compose 2.7.1). */
export function normaliseLabels(labels: Labels): Labels {
	const old = Object.keys(labels).filter((key) => key.startsWith('io.resin.'));
	if (old.length === 0) {
		return labels;
	}
	const normalised: Record<string, string> = {};
	for (const [key, value] of Object.entries(labels)) {
		const name = key.startsWith('io.resin.') ? key.replaceAll('resin', 'balena') : key;
		if (name === key || !Object.hasOwn(labels, name)) {
			normalised[name] = value;
		}
	}
	return normalised;
}

/** The supervisor sets these on each object that it creates for a service; users cannot override them. */
export function identityLabels(ids: {
	readonly appId: number;
	readonly appUuid: string;
	readonly serviceId: number;
	readonly serviceName: string;
}): Labels {
	return {
		'io.balena.supervised': 'true',
		'io.balena.app-id': String(ids.appId),
		'io.balena.service-id': String(ids.serviceId),
		'io.balena.service-name': ids.serviceName,
		'io.balena.app-uuid': ids.appUuid,
	};
}

/** The labels of a service. Labels of the image fill in what is missing, and so can enable features. */
export function mergeLabels(parts: {
	readonly image: PlainObject;
	readonly composition: Labels;
	readonly target: Labels;
	readonly identity: Labels;
}): Labels {
	const image = readLabels(parts.image['Labels']);
	return normaliseLabels(Object.assign(image, parts.composition, parts.target, parts.identity));
}

export function readLabels(raw: unknown): Record<string, string> {
	const labels: Record<string, string> = {};
	for (const [key, value] of Object.entries(isPlainObject(raw) ? raw : {})) {
		if (typeof value === 'string') {
			labels[key] = value;
		}
	}
	return labels;
}

export function parseLabels(value: unknown, place: Place): Labels | undefined {
	return parsePairs(value, place);
}

function isTruthyLabel(value: string | undefined): boolean {
	return value !== undefined && /^(?:1|true|on)$/i.test(value);
}

export function hasFeature(labels: Labels, feature: string): boolean {
	return isTruthyLabel(labels[FEATURE_PREFIX + feature]);
}

/** The settings of the planner that labels carry (spec: compose 2.7.4). */
interface Behaviour {
	readonly strategy: UpdateStrategy;
	readonly handoverTimeoutMs: number;
	readonly requiresReboot: boolean;
}

const STRATEGIES: readonly UpdateStrategy[] = [
	'download-then-kill',
	'kill-then-download',
	'delete-then-download',
	'hand-over',
];
export const STRATEGY_DEFAULT: UpdateStrategy = 'download-then-kill';
const HANDOVER_TIMEOUT_MS_DEFAULT = 60_000;

export function isStrategy(word: string): boolean {
	return STRATEGIES.some((strategy) => strategy === word);
}

/** Milliseconds, more than zero. */
export function parseHandoverTimeoutMs(text: string): number | undefined {
	const ms = /^\d+$/.test(text) ? Number(text) : 0;
	return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

export function behaviourOf(labels: Labels): Behaviour {
	const wanted = labels['io.balena.update.strategy'];
	const timeout = labels['io.balena.update.handover-timeout'] ?? '';
	return {
		strategy: STRATEGIES.find((strategy) => strategy === wanted) ?? STRATEGY_DEFAULT,
		handoverTimeoutMs: parseHandoverTimeoutMs(timeout) ?? HANDOVER_TIMEOUT_MS_DEFAULT,
		requiresReboot: isTruthyLabel(labels['io.balena.update.requires-reboot']),
	};
}
