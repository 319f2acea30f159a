import { isPlainObject, type PlainObject } from '../../../lib/is-plain-object.ts';
import { memberOf } from '../../../domain/read-json.ts';

/** The id of an app from its key in a v2 document. `007` is no id: it would be a second name of app 7. */
export function parseAppId(key: string): number | undefined {
	const id = Number(key);
	return Number.isSafeInteger(id) && id >= 0 && String(id) === key ? id : undefined;
}

/** The apps of a v2 document, whose uuids are needed unless they come from this device itself. */
export function listAppIds(document: unknown): readonly number[] {
	return Object.keys(appsOf(document)).flatMap((key) => parseAppId(key) ?? []);
}

/** Like v2, but keyed by uuid and with the id inside: tools wrote it in 2021, during the change to v3. */
export function isV2App(app: unknown): app is PlainObject {
	return isPlainObject(app) && memberOf(app, 'appId') !== undefined && memberOf(app, 'releases') === undefined;
}

export function appsOf(document: unknown): PlainObject {
	const apps = isPlainObject(document) ? memberOf(document, 'apps') : undefined;
	return isPlainObject(apps) ? apps : {};
}
