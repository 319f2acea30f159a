import type { ServiceConfig } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { parseDeviceRequests } from './gpus.ts';
import { parseBytes, parseInteger, parseProcessors } from './parse-scalar.ts';
import type { Place } from './place.ts';

/** The fields of others that a key without a field of its own sets. */
export type SetFields = { readonly [K in keyof ServiceConfig]?: ServiceConfig[K] | undefined };

/** How each part of a map is read. Other parts are ignored with the reason. */
interface Parts {
	readonly known: Readonly<Record<string, (value: unknown, place: Place) => SetFields | undefined>>;
	readonly ignored: Readonly<Record<string, string>>;
}

const ONE_DEVICE = 'there is one device, and one container for each service';

const LIMITS: Parts = {
	known: {
		cpus: (value, place) => ({ cpus: parseProcessors(value, place) }),
		memory: (value, place) => ({ memLimit: parseBytes(value, place) }),
		pids: (value, place) => ({ pidsLimit: Math.max(0, parseInteger(value, place) ?? 0) }),
	},
	ignored: {},
};
const RESERVATIONS: Parts = {
	known: {
		memory: (value, place) => ({ memReservation: parseBytes(value, place) }),
		devices: (value, place) => ({ deviceRequests: parseDeviceRequests(value, place) }),
	},
	ignored: { cpus: 'the engine has no such reservation', generic_resources: ONE_DEVICE },
};
const RESOURCES: Parts = {
	known: {
		limits: (value, place) => parseParts(value, place, LIMITS),
		reservations: (value, place) => parseParts(value, place, RESERVATIONS),
	},
	ignored: {},
};
const RESTART_POLICY: Parts = {
	known: { condition: (value, place) => ({ restart: restartOf(value, place) }) },
	ignored: {
		...Object.fromEntries(['delay', 'window'].map((key) => [key, 'the engine restarts with delays of its own'])),
		max_attempts: 'say "restart: on-failure:<restarts>"',
	},
};
const DEPLOY: Parts = {
	known: {
		resources: (value, place) => parseParts(value, place, RESOURCES),
		restart_policy: (value, place) => parseParts(value, place, RESTART_POLICY),
		replicas: (value, place) => {
			if (value !== 1 && value !== '1') {
				place.note(`Ignoring replicas: ${ONE_DEVICE}`);
			}
			return {};
		},
	},
	ignored: Object.fromEntries(
		['mode', 'placement', 'endpoint_mode', 'update_config', 'rollback_config', 'labels'].map((key) => [
			key,
			ONE_DEVICE,
		]),
	),
};

export function parseDeploy(value: unknown, place: Place): SetFields {
	return parseParts(value, place, DEPLOY);
}

function parseParts(value: unknown, place: Place, { known, ignored }: Parts): SetFields {
	if (!isPlainObject(value)) {
		place.refuseValue('a map', value);
		return {};
	}
	const fields = {};
	for (const [key, raw] of Object.entries(value)) {
		const at = place.key(key);
		const parse = Object.hasOwn(known, key) ? known[key] : undefined;
		if (parse !== undefined) {
			Object.assign(fields, raw == null ? {} : parse(raw, at));
		} else if (!key.startsWith('x-')) {
			at.note(`Ignoring ${key}: ${reasonOf(ignored, key)}`);
		}
	}
	return fields;
}

function reasonOf(ignored: Readonly<Record<string, string>>, key: string): string {
	return (Object.hasOwn(ignored, key) ? ignored[key] : undefined) ?? 'there is no such field';
}

const CONDITIONS: PlainObject = { none: 'no', 'on-failure': 'on-failure', any: 'always' };

function restartOf(value: unknown, place: Place): string | undefined {
	const restart = typeof value === 'string' && Object.hasOwn(CONDITIONS, value) ? CONDITIONS[value] : undefined;
	return typeof restart === 'string'
		? restart
		: place.note(`Ignoring a value that is not ${Object.keys(CONDITIONS).join(', ')}`);
}
