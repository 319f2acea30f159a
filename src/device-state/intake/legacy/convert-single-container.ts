import type { Decoded } from '../../../domain/issue.ts';
import type { PlainObject } from '../../../lib/is-plain-object.ts';
import { IssueList, JsonPlace } from '../../../domain/json-place.ts';
import { memberOf, readObject, readOr, readString } from '../../../domain/read-json.ts';

/** Apps from before there were services had no uuid. */
const APP_UUID = 'user-app';
const VOLUME = 'resin-data';
/** Releases, services and images had no ids either; the cloud assigns them later. */
const UNKNOWN_ID = 1;
const SUPERVISOR_VARIABLE = /^RESIN_/;

/** The settings that every single container had by default. */
const FEATURE_LABELS: Readonly<Record<string, string>> = Object.fromEntries(
	['kernel-modules', 'firmware', 'dbus', 'supervisor-api', 'resin-api'].map((name) => [
		`io.resin.features.${name}`,
		'1',
	]),
);

const readMapOrNothing = readOr<PlainObject>({}, readObject);

/**
 * An apps.json of single-container apps, converted to v3 (spec: cloud-api 8.2). Of several apps the last one counts.
 */
export function convertSingleContainerApps(input: unknown): Decoded<PlainObject> {
	const issues = new IssueList();
	if (!Array.isArray(input)) {
		new JsonPlace('', issues).refuse('a list of apps', input);
	}
	const elements = (Array.isArray(input) ? input : []).map((element: unknown, index) => {
		const at = new JsonPlace(`[${index}]`, issues);
		const app = readObject(element, at);
		const config = readMapOrNothing(memberOf(app, 'config'), at.key('config'));
		return { app: convertApp(app, config, at), config };
	});
	if (!issues.isEmpty) {
		return { ok: false, issues: issues.list() };
	}
	// The values are texts, so a shallow merge of the maps is enough.
	const config = Object.fromEntries(elements.flatMap((element) => Object.entries(element.config)));
	const last = elements.at(-1);
	return { ok: true, value: { apps: last === undefined ? {} : { [APP_UUID]: last.app }, config } };
}

function convertApp(app: PlainObject, config: PlainObject, at: JsonPlace): PlainObject {
	const release = {
		id: UNKNOWN_ID,
		networks: {},
		volumes: { [VOLUME]: {} },
		services: { main: convertService(app, config, at) },
	};
	return {
		id: memberOf(app, 'appId'),
		uuid: APP_UUID,
		name: memberOf(app, 'name'),
		class: 'fleet',
		releases: { [readString(memberOf(app, 'commit'), at.key('commit'))]: release },
	};
}

function convertService(app: PlainObject, config: PlainObject, at: JsonPlace): PlainObject {
	const variables = Object.entries(readMapOrNothing(memberOf(app, 'env'), at.key('env')));
	return {
		id: UNKNOWN_ID,
		image_id: UNKNOWN_ID,
		image: memberOf(app, 'imageId'),
		labels: {
			...FEATURE_LABELS,
			'io.resin.update.strategy': memberOf(config, 'RESIN_SUPERVISOR_UPDATE_STRATEGY') ?? 'download-then-kill',
			'io.resin.update.handover-timeout': memberOf(config, 'RESIN_SUPERVISOR_HANDOVER_TIMEOUT') ?? '',
			'io.resin.legacy-container': '1',
		},
		environment: Object.fromEntries(variables.filter(([name]) => !SUPERVISOR_VARIABLE.test(name))),
		running: true,
		composition: {
			restart: memberOf(config, 'RESIN_APP_RESTART_POLICY') ?? 'always',
			privileged: true,
			networkMode: 'host',
			volumes: [`${VOLUME}:/data`],
		},
	};
}
