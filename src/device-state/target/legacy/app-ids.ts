import { memberOf, type JsonObject } from '../read-json.ts';

/** The id that a key of a v2 document stands for. `007` is none: it would be a second name of app 7. */
export function parseAppId(key: string): number | undefined {
	const id = Number(key);
	return Number.isSafeInteger(id) && id >= 0 && String(id) === key ? id : undefined;
}

/** The apps of a v2 document, whose uuids are needed unless they come from this device itself. */
export function listAppIds(document: unknown): readonly number[] {
	const apps = isMap(document) ? memberOf(document, 'apps') : undefined;
	return isMap(apps) ? Object.keys(apps).flatMap((key) => parseAppId(key) ?? []) : [];
}

export function isMap(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
