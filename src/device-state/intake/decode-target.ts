import { normaliseImageReference } from '../../domain/image-reference.ts';
import type { Issue } from '../../domain/issue.ts';
import type { AppClass, TargetApp, TargetDocument, TargetRelease, TargetService } from '../../domain/target.ts';
import { checkSize } from './check-size.ts';
import { IssueList, JsonPlace } from '../../domain/json-place.ts';
import {
	memberOf,
	readBoolean,
	readChoice,
	readDeviceName,
	readId,
	readMap,
	readObject,
	readObjectOrList,
	readOptional,
	readOr,
	readShortString,
	readString,
	type Reader,
} from '../../domain/read-json.ts';
import { ANY_NAME, CONFIG_NAME, DOCKER_NAME, LABEL_NAME, VARIABLE_NAME } from './name-types.ts';

/**
 * The check that failed, in the order of checks (spec: cloud-api 6.4): the first kind is for the user, the others for
 * the log.
 */
export type TargetRefusal = 'schema' | 'device' | 'image';

export type DecodedTarget =
	| { readonly ok: true; readonly value: TargetDocument }
	| { readonly ok: false; readonly because: TargetRefusal; readonly issues: readonly Issue[] };

const APP_CLASSES: readonly AppClass[] = ['fleet', 'app', 'block'];

/**
 * The target of one device from the answer of the cloud (spec: cloud-api 6). All or nothing: one bad value anywhere,
 * also in the entry of another device, refuses the whole input. Paths are relative to the entry of the device.
 */
export function decodeTarget(input: unknown, deviceUuid: string): DecodedTarget {
	const size = checkSize(input);
	if (size !== undefined) {
		return { ok: false, because: 'schema', issues: [size] };
	}
	const issues = new IssueList();
	const devices = readObject(input, new JsonPlace('', issues));
	let own: TargetDocument | undefined;
	for (const [uuid, entry] of Object.entries(devices)) {
		const isOwn = uuid === deviceUuid;
		const device = readDevice(entry, new JsonPlace(isOwn ? '' : new JsonPlace('', issues).key(uuid).path, issues));
		own = isOwn ? device : own;
	}
	if (!issues.isEmpty) {
		return { ok: false, because: 'schema', issues: issues.list() };
	}
	if (own === undefined) {
		const message = `expected an entry for device ${deviceUuid}`;
		return { ok: false, because: 'device', issues: [{ path: '', message }] };
	}
	return normaliseImages(own);
}

const readDevice: Reader<TargetDocument> = (value, at) => {
	const device = readObject(value, at);
	const apps = readMap(ANY_NAME, readApp)(memberOf(device, 'apps'), at.key('apps'));
	if (Object.values(apps).filter(({ isHost }) => isHost).length > 1) {
		at.key('apps').refuseWith('expected at most one app with is_host'); // spec: host-update 1.1
	}
	return {
		name: readDeviceName(memberOf(device, 'name'), at.key('name')),
		config: readMap(CONFIG_NAME, readString)(memberOf(device, 'config'), at.key('config')),
		apps: Object.entries(apps).map(([appUuid, app]) => ({ appUuid, ...app })),
	};
};

const readApp: Reader<Omit<TargetApp, 'appUuid'>> = (value, at) => {
	const app = readObject(value, at);
	readOptional(readShortString)(memberOf(app, 'parent_app'), at.key('parent_app'));
	const releases = readOr({}, readMap(ANY_NAME, readRelease))(memberOf(app, 'releases'), at.key('releases'));
	// Integer-like keys come first, in numeric order: for v19, too, that was the first one.
	const [first] = Object.entries(releases);
	return {
		appId: readId(memberOf(app, 'id'), at.key('id')),
		appName: readShortString(memberOf(app, 'name'), at.key('name')),
		class: readOr('fleet', readChoice(APP_CLASSES, 'fleet'))(memberOf(app, 'class'), at.key('class')),
		isHost: readOptional(readBoolean)(memberOf(app, 'is_host'), at.key('is_host')) ?? false,
		rejected: false,
		...(first === undefined ? {} : { release: { commit: first[0], ...first[1] } }),
	};
};

const readRelease: Reader<Omit<TargetRelease, 'commit'>> = (value, at) => {
	const release = readObject(value, at);
	// The cloud passes an empty `data:` of a compose file on as null, against its own schema.
	const readResources = readOr({}, readMap<object>(DOCKER_NAME, readOr({}, readObjectOrList)));
	return {
		releaseId: readId(memberOf(release, 'id'), at.key('id')),
		services: readOr({}, readMap(DOCKER_NAME, readService))(memberOf(release, 'services'), at.key('services')),
		networks: readResources(memberOf(release, 'networks'), at.key('networks')),
		volumes: readResources(memberOf(release, 'volumes'), at.key('volumes')),
	};
};

const readService: Reader<TargetService> = (value, at) => {
	const service = readObject(value, at);
	const contract = readOptional(readObjectOrList)(memberOf(service, 'contract'), at.key('contract'));
	return {
		serviceId: readId(memberOf(service, 'id'), at.key('id')),
		imageId: readId(memberOf(service, 'image_id'), at.key('image_id')),
		image: readShortString(memberOf(service, 'image'), at.key('image')),
		running: readOr(true, readBoolean)(memberOf(service, 'running'), at.key('running')),
		environment: readMap(VARIABLE_NAME, readString)(memberOf(service, 'environment'), at.key('environment')),
		labels: readMap(LABEL_NAME, readString)(memberOf(service, 'labels'), at.key('labels')),
		...(contract === undefined ? {} : { contract }),
		composition: readOptional(readObject)(memberOf(service, 'composition'), at.key('composition')) ?? {},
	};
};

/** Reads only the first releases of the device itself, and ignores the rest of the input. */
function normaliseImages(document: TargetDocument): DecodedTarget {
	const issues = new IssueList();
	const apps = document.apps.map((app) => {
		if (app.release === undefined) {
			return app;
		}
		const at = new JsonPlace('', issues).key('apps').key(app.appUuid).key('releases').key(app.release.commit);
		const services = Object.entries(app.release.services).map(([name, service]) => {
			const image = normaliseImageReference(service.image);
			if (!image.ok) {
				at.key('services').key(name).key('image').refuse('an image reference', service.image);
			}
			return [name, image.ok ? { ...service, image: image.value } : service] as const;
		});
		return { ...app, release: { ...app.release, services: Object.fromEntries(services) } };
	});
	return issues.isEmpty
		? { ok: true, value: { ...document, apps } }
		: { ok: false, because: 'image', issues: issues.list() };
}
