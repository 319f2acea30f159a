import type { Decoded } from '../../../domain/issue.ts';
import type { TargetApp } from '../../../domain/target.ts';
import { isPlainObject, type PlainObject } from '../../../lib/is-plain-object.ts';
import { decodeTarget } from '../decode-target.ts';
import { IssueList, JsonPlace } from '../../../domain/json-place.ts';
import { memberOf, readBoolean, readObject, readOptional } from '../../../domain/read-json.ts';
import { appsOf, isV2App, listAppIds } from './app-ids.ts';
import { convertSingleContainerApps } from './convert-single-container.ts';
import { convertV2Apps, type AppUuids } from './convert-v2.ts';

/** The apps and settings on the device's disk before its first start. Every app has a release. */
export interface PreloadedApps {
	/** Configuration variables with their prefixes, as in the file. */
	readonly config: Readonly<Record<string, string>>;
	readonly apps: readonly TargetApp[];
	/** The device stays on the release that is on its disk. */
	readonly pinDevice: boolean;
}

type AppsJsonFormat = 'single-container' | 'v2' | 'v3';

const V2_NEEDS_CLOUD =
	'Cannot migrate from v2 apps.json without Internet connectivity. ' +
	'Please use balenaCLI v13.5.1+ for offline preload support.';

const MEMBERS = ['config', 'apps', 'pinDevice'];
const NOT_ONE_OF_OURS =
	'none of the formats of apps.json: neither {"config", "apps"} (v2, v3), alone or in a member of its own, nor a list of ' +
	'single-container apps';
const LIST_OF_SERVICES =
	'a list of apps with services, as alphas of supervisor 7.0 read it: preload the device anew, with the present command line';

/** A v2 file needs the uuids of its apps (`listAppIds`), which only the cloud knows, unless they are its keys. */
export function detectAppsJson(input: unknown): AppsJsonFormat {
	if (Array.isArray(input)) {
		return 'single-container';
	}
	return listAppIds(input).length > 0 || Object.values(appsOf(input)).some(isV2App) ? 'v2' : 'v3';
}

/** The answer of the API has the document in a member named after the device, or, in v2, `local`, with `dependent` beside it. */
export function unwrapAppsJson(input: unknown): unknown {
	if (!isPlainObject(input) || MEMBERS.some((name) => Object.hasOwn(input, name))) {
		return input;
	}
	const [first, ...others] = Object.values(input);
	const inner = memberOf(input, 'local') ?? (others.length === 0 ? first : undefined);
	return isPlainObject(inner) && memberOf(inner, 'apps') !== undefined ? inner : input;
}

/** An apps.json in any of its formats (spec: cloud-api 8.2), unwrapped. */
export function decodeAppsJson(input: unknown, appUuids?: AppUuids): Decoded<PreloadedApps> {
	const unknown = whyUnknown(input);
	if (unknown !== undefined) {
		return { ok: false, issues: [{ path: '', message: unknown }] };
	}
	const converted = convertAppsJson(input, appUuids);
	return converted.ok ? decodeV3(converted.value) : converted;
}

/** Content that would otherwise count as empty, or be refused for missing members. */
function whyUnknown(input: unknown): string | undefined {
	if (Array.isArray(input)) {
		return input.some((app) => isPlainObject(app) && memberOf(app, 'services') !== undefined)
			? LIST_OF_SERVICES
			: undefined;
	}
	const isOurs =
		!isPlainObject(input) || Object.keys(input).length === 0 || MEMBERS.some((name) => Object.hasOwn(input, name));
	return isOurs ? undefined : NOT_ONE_OF_OURS;
}

function convertAppsJson(input: unknown, appUuids: AppUuids | undefined): Decoded<unknown> {
	switch (detectAppsJson(input)) {
		case 'single-container':
			return convertSingleContainerApps(input);
		case 'v2':
			return convertV2(input, appUuids);
		case 'v3':
			return { ok: true, value: input };
	}
}

function convertV2(input: unknown, appUuids: AppUuids | undefined): Decoded<PlainObject> {
	if (appUuids === undefined && listAppIds(input).length > 0) {
		return { ok: false, issues: [{ path: 'apps', message: V2_NEEDS_CLOUD }] };
	}
	const document = isPlainObject(input) ? input : {};
	const apps = convertV2Apps(memberOf(document, 'apps'), appUuids ?? new Map());
	if (!apps.ok) {
		return apps;
	}
	const config = memberOf(document, 'config');
	return { ok: true, value: { config, apps: apps.value, pinDevice: Boolean(memberOf(document, 'pinDevice')) } };
}

function decodeV3(input: unknown): Decoded<PreloadedApps> {
	const issues = new IssueList();
	const root = new JsonPlace('', issues);
	const document = readObject(input, root);
	const pinDevice = readOptional(readBoolean)(memberOf(document, 'pinDevice'), root.key('pinDevice')) ?? false;
	// The same rules apply as for a target, which has a name in addition.
	const entry = { name: '', config: memberOf(document, 'config') ?? {}, apps: memberOf(document, 'apps') ?? {} };
	const decoded = decodeTarget({ '': entry }, '');
	if (!decoded.ok) {
		return { ok: false, issues: [...issues.list(), ...decoded.issues] };
	}
	const { config, apps } = decoded.value;
	for (const app of apps.filter(({ release }) => release === undefined)) {
		root.key('apps').key(app.appUuid).key('releases').refuse('a release', undefined);
	}
	return issues.isEmpty ? { ok: true, value: { config, apps, pinDevice } } : { ok: false, issues: issues.list() };
}
