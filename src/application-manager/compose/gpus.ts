import type { DeviceRequest } from '../../domain/service.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { parseItems, parseTexts } from './parse-list.ts';
import { integerOf, parseText } from './parse-scalar.ts';
import { parseOptions } from './network.ts';
import { NEWER_ENGINE, noteOtherKeys, type Place } from './place.ts';

const ALL = -1;
const KEYS = ['driver', 'count', 'device_ids', 'capabilities', 'options'];

/** `gpus: all`, or a list of requests for GPUs. */
export function parseGpus(value: unknown, place: Place): readonly DeviceRequest[] | undefined {
	return value === 'all' ? [requestOf({ Capabilities: [['gpu']] })] : parseDeviceRequests(value, place, ['gpu']);
}

/** `deploy.resources.reservations.devices`, and `gpus`, which has default capabilities. */
export function parseDeviceRequests(
	value: unknown,
	place: Place,
	implied: readonly string[] = [],
): readonly DeviceRequest[] | undefined {
	return parseItems(value, place, (raw, at) => {
		if (!isPlainObject(raw)) {
			return at.refuseValue('a map', raw);
		}
		noteOtherKeys(raw, at, KEYS, `a request for devices has ${KEYS.join(', ')}`);
		const { driver, count, device_ids: ids, capabilities: given, options } = raw;
		const capabilities = (given == null ? undefined : parseTexts(given, at.key('capabilities'))) ?? [];
		if (driver === 'cdi' || capabilities.includes('cdi')) {
			return at.note(`Ignoring CDI devices: ${NEWER_ENGINE} (API 1.44)`);
		}
		const missing = implied.filter((capability) => !capabilities.includes(capability));
		return requestOf({
			Driver: (driver == null ? undefined : parseText(driver, at.key('driver'))) ?? '',
			// With ids there is no count: the engine refuses both together.
			Count: ids == null ? parseCount(count ?? 'all', at.key('count')) : 0,
			DeviceIDs: (ids == null ? undefined : parseTexts(ids, at.key('device_ids'))) ?? [],
			Capabilities: [[...capabilities, ...missing]],
			Options: (options == null ? undefined : parseOptions(options, at.key('options'))) ?? {},
		});
	});
}

function parseCount(value: unknown, place: Place): number {
	return value === 'all' ? ALL : (integerOf(value) ?? place.refuseValue('a number or "all"', value) ?? ALL);
}

/** Also the form in which the engine shows it. */
function requestOf(parts: Partial<DeviceRequest>): DeviceRequest {
	return { Driver: '', Count: ALL, DeviceIDs: [], Capabilities: [], Options: {}, ...parts };
}
