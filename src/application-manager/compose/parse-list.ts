import { isPlainObject } from '../../lib/is-plain-object.ts';
import { parseText, type Parse } from './parse-scalar.ts';
import { NEWER_ENGINE, noteOtherKeys, nowhere, type Place } from './place.ts';

/** The items of a list; nulls in it count as absent. A text alone is no list: see `parseTextOrList`. */
export function parseItems<T>(value: unknown, place: Place, parseItem: Parse<T>): readonly T[] | undefined {
	if (!Array.isArray(value)) {
		return place.refuseValue('a list', value);
	}
	const items: T[] = [];
	for (const [index, raw] of (value as readonly unknown[]).entries()) {
		const item = raw == null ? undefined : parseItem(raw, place.item(index));
		if (item !== undefined) {
			items.push(item);
		}
	}
	return items;
}

export function parseTexts(value: unknown, place: Place): readonly string[] | undefined {
	return parseItems(value, place, parseText);
}

export function parseTextOrList(value: unknown, place: Place): readonly string[] | undefined {
	return typeof value === 'string' ? [value] : parseTexts(value, place);
}

/** The engine writes `host:address`, one entry for each address. */
export function parseExtraHosts(value: unknown, place: Place): readonly string[] | undefined {
	if (isPlainObject(value)) {
		return Object.entries(value).flatMap(([host, addresses]) =>
			addresses == null
				? []
				: (parseTextOrList(addresses, place.key(host)) ?? []).map((address) => withoutBrackets(`${host}:${address}`)),
		);
	}
	return parseTexts(value, place)?.map((entry) => withoutBrackets(entry.replace('=', ':')));
}

/** IPv6 addresses may be in brackets, which the engine does not accept. */
function withoutBrackets(entry: string): string {
	return entry.replace(/^([^:]*:)\[(.*)\]$/, '$1$2');
}

/** SELinux labels have no meaning on the host; the engine adds its own, which are not read back either. */
export function parseSecurityOptions(value: unknown, place: Place): readonly string[] | undefined {
	const options = parseTexts(value, place);
	const unsupported = options?.filter(isSelinuxLabel) ?? [];
	if (unsupported.length > 0) {
		place.note(`Ignoring unsupported security options: ${unsupported.join(', ')}`);
	}
	return options?.filter((option) => !isSelinuxLabel(option));
}

export function isSelinuxLabel(option: string): boolean {
	return option.includes('label=');
}

/** `vendor.com/class=name` of the Container Device Interface; a path begins with a slash. */
const CDI_DEVICE = /^[^/:=]+\/[^/:=]+=[^/:=]+$/;

export function parseDevices(value: unknown, place: Place) {
	return parseItems(value, place, (raw, at) => {
		if (isPlainObject(raw)) {
			const { source, target, permissions } = raw;
			noteOtherKeys(raw, at, ['source', 'target', 'permissions'], 'a device has source, target and permissions');
			const host = parseText(source, at.key('source'));
			return host === undefined ? undefined : deviceMapping(host, textOf(target), textOf(permissions), at);
		}
		const text = parseText(raw, at);
		if (text === undefined) {
			return undefined;
		}
		const [host = '', container, permissions] = text.split(':');
		return permissions === undefined && isPermissions(container)
			? deviceMapping(host, undefined, container, at)
			: deviceMapping(host, container, permissions, at);
	});
}

/** `/dev/x:r`: version 19 took the permissions for the path in the container. */
function isPermissions(text: string | undefined): boolean {
	return text !== undefined && /^[rwm]{1,3}$/.test(text);
}

/** Only where that differs from what it means now. */
export function devicesAsV19(value: unknown) {
	const texts = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
	const isOther = (text: string) => /^[^:]*:[rwm]{1,3}$/.test(text);
	return texts.some(isOther)
		? parseDevices(
				(value as readonly unknown[]).map((item) => (typeof item === 'string' && isOther(item) ? `${item}:rwm` : item)),
				nowhere(),
			)
		: undefined;
}

function deviceMapping(host: string, container: string | undefined, permissions: string | undefined, place: Place) {
	if (CDI_DEVICE.test(host)) {
		return place.note(`Ignoring device ${host}: ${NEWER_ENGINE} (CDI, API 1.44)`);
	}
	return { PathOnHost: host, PathInContainer: container || host, CgroupPermissions: permissions || 'rwm' };
}

function textOf(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}

/** A map, or a list of `key=value` of which only the first two parts count (as in the predecessor). */
export function parseSysctls(value: unknown, place: Place): Readonly<Record<string, string>> | undefined {
	if (Array.isArray(value)) {
		const pairs = parseTexts(value, place)?.map((entry) => entry.split('='));
		// For an entry without a value, the predecessor sent the text `undefined` to the engine.
		return pairs && Object.fromEntries(pairs.map(([key = '', part = 'undefined']) => [key, part]));
	}
	if (!isPlainObject(value)) {
		return place.refuseValue('a map or a list of key=value', value);
	}
	const entries = Object.entries(value).filter(([, entry]) => entry != null);
	return Object.fromEntries(entries.map(([key, entry]) => [key, sysctlText(entry)]));
}

function sysctlText(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}
