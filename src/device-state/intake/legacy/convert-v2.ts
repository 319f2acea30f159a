import type { Decoded } from '../../../domain/issue.ts';
import { isPlainObject, type PlainObject } from '../../../lib/is-plain-object.ts';
import { decodeTarget, type DecodedTarget } from '../decode-target.ts';
import { IssueList, JsonPlace } from '../../../domain/json-place.ts';
import { memberOf, readId, readObject, readString } from '../../../domain/read-json.ts';
import { isV2App, parseAppId } from './app-ids.ts';

/** By app id. Without them the id of an app is its uuid: so it is in what clients on the local network of the device send. */
export type AppUuids = ReadonlyMap<number, string>;

const KEPT_MEMBERS = ['image', 'environment', 'labels', 'running', 'contract'];
/** All other keys belong to the composition. `serviceId` is dropped: the key of the service counts. */
const SERVICE_MEMBERS = ['serviceId', 'serviceName', 'imageId', ...KEPT_MEMBERS];

export interface LocalDevice {
	readonly uuid: string;
	/** Used if the document has no name. */
	readonly name: string;
}

/** Moves members to their places in v3 (spec: cloud-api 8.1). `decodeTarget` checks the values. */
export function convertV2Target(input: unknown, device: LocalDevice): Decoded<PlainObject> {
	return collect((place) => {
		const document = readObject(input, place);
		const local = memberOf(document, 'local');
		// A value that is no object counts as empty: it has no content that could be wrong.
		const own = isPlainObject(local) ? local : {};
		const at = place.key('local').key('apps');
		return {
			[device.uuid]: {
				name: memberOf(own, 'name') ?? device.name,
				config: memberOf(own, 'config') ?? {},
				apps: readApps(memberOf(own, 'apps'), undefined, at),
			},
		};
	});
}

/** The target that a client of the device API has sent. */
export function decodeV2Target(input: unknown, device: LocalDevice): DecodedTarget {
	const converted = convertV2Target(input, device);
	return converted.ok
		? decodeTarget(converted.value, device.uuid)
		: { ok: false, because: 'schema', issues: converted.issues };
}

export function convertV2Apps(input: unknown, appUuids?: AppUuids): Decoded<PlainObject> {
	return collect((place) => readApps(input, appUuids, place.key('apps')));
}

function collect(convert: (place: JsonPlace) => PlainObject): Decoded<PlainObject> {
	const issues = new IssueList();
	const value = convert(new JsonPlace('', issues));
	return issues.isEmpty ? { ok: true, value } : { ok: false, issues: issues.list() };
}

function readApps(input: unknown, appUuids: AppUuids | undefined, at: JsonPlace): PlainObject {
	return mapMembers(input, at, (key, app, place) => {
		const appId = parseAppId(key);
		if (appId === undefined && appUuids !== undefined && isV2App(app)) {
			return [key, readApp(readId(memberOf(app, 'appId'), place.key('appId')), app, place)];
		}
		if (appId === undefined) {
			place.refuse('the id of an app as its key', key);
			return undefined;
		}
		const uuid = appUuids === undefined ? key : appUuids.get(appId);
		if (uuid === undefined) {
			place.refuse('an app whose uuid is known', appId);
			return undefined;
		}
		return [uuid, readApp(appId, app, place)];
	});
}

function readApp(appId: number, input: unknown, at: JsonPlace): PlainObject {
	const app = readObject(input, at);
	return { id: appId, name: memberOf(app, 'name'), class: 'fleet', releases: readReleases(app, at) };
}

function readReleases(app: PlainObject, at: JsonPlace): PlainObject {
	const commit = readString(memberOf(app, 'commit') ?? '', at.key('commit'));
	if (commit === '') {
		return {};
	}
	const release = {
		id: memberOf(app, 'releaseId'),
		services: mapMembers(memberOf(app, 'services'), at.key('services'), readService),
		volumes: memberOf(app, 'volumes') ?? {},
		networks: memberOf(app, 'networks') ?? {},
	};
	return { [commit]: release };
}

function readService(key: string, input: unknown, at: JsonPlace): readonly [string, PlainObject] {
	const service = readObject(input, at);
	const composition = Object.entries(service).filter(([name]) => !SERVICE_MEMBERS.includes(name));
	const kept = KEPT_MEMBERS.map((name) => [name, memberOf(service, name)] as const);
	return [
		readString(memberOf(service, 'serviceName'), at.key('serviceName')),
		{
			id: key,
			image_id: memberOf(service, 'imageId'),
			...Object.fromEntries(kept),
			composition: Object.fromEntries(composition),
		},
	];
}

/** Some clients send an empty list for an empty map. If two members get the same new name, the later one counts. */
function mapMembers(
	input: unknown,
	at: JsonPlace,
	convert: (key: string, value: unknown, at: JsonPlace) => readonly [string, unknown] | undefined,
): PlainObject {
	if (input === undefined || input === null || (Array.isArray(input) && input.length === 0)) {
		return {};
	}
	const members = Object.entries(readObject(input, at));
	return Object.fromEntries(
		members.flatMap(([key, value]) => {
			const converted = convert(key, value, at.key(key));
			return converted === undefined ? [] : [converted];
		}),
	);
}
