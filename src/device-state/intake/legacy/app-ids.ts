import { memberOf, type JsonObject } from '../read-json.ts';

/** The id that a key of a v2 document stands for. `007` is none: it would be a second name of app 7. */
export function parseAppId(key: string): number | undefined {
	const id = Number(key);
	return Number.isSafeInteger(id) && id >= 0 && String(id) === key ? id : undefined;
}

/** The apps of a v2 document, whose uuids are needed unless they come from this device itself. */
export function listAppIds(document: unknown): readonly number[] {
	return Object.keys(appsOf(document)).flatMap((key) => parseAppId(key) ?? []);
}

/** As v2, but keyed by uuid and with its id inside: what tools wrote in 2021, on their way to v3. */
export function isV2App(app: unknown): app is JsonObject {
	return isMap(app) && memberOf(app, 'appId') !== undefined && memberOf(app, 'releases') === undefined;
}

export function appsOf(document: unknown): JsonObject {
	const apps = isMap(document) ? memberOf(document, 'apps') : undefined;
	return isMap(apps) ? apps : {};
}

export function isMap(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
