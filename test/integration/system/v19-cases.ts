import { hostConfigOf, type AppIds, type V19AppBuilder } from './v19-apps.ts';
import type { LeftOut } from './v19-engine.ts';
import {
	VECTOR_APP,
	type Json,
	type TargetEntry,
	type V19App,
	type V19Object,
	type V19Service,
} from './v19-vectors.ts';

interface V19Apps {
	/** What version 19 kept unchanged, we must keep too. */
	readonly settled: readonly V19App[];
	/** What has to be made again, once: all of its services, see `MADE_AGAIN`. */
	readonly corrected: V19App;
	/** Services that we would not make, and that version 19 has running. */
	readonly inactive: V19App;
	/** Vectors that never became anything on an engine. */
	readonly leftOut: readonly LeftOut[];
}

/**
 * Vectors whose containers are made again, once, and the defect of version 19 behind it: C5, C11 and C19 are accepted
 * for all (decision D6); the others version 19 took for changed on every pass, and made again for ever.
 */
export const MADE_AGAIN: Readonly<Record<string, string>> = {
	'healthcheck full': 'C5',
	'tmpfs list with options': 'C19',
	'ports number entry': 'C2, for ever',
	'volumes long read_only snake': 'C4, for ever',
	'healthcheck no test': 'C7, for ever',
	'ulimits half': 'C18, for ever',
};

/** `networks` and `volumes` together: their vectors have different names. */
const OBJECTS_LEFT_OUT: Readonly<Record<string, string>> = {
	'ipam range and aux': 'C16: version 19 never took it for equal',
	'numeric uuid': 'it is the network of the app with that uuid',
	// The engine looks for a plugin for a quarter of a minute each.
	'ipam driver only': 'there is no such plugin',
	'other driver': 'there is no such plugin',
};

const NEW_KEYS: readonly Json[] = [
	{ logging: { driver: 'json-file', options: { 'max-size': '10m' } }, stdin_open: true, runtime: 'runc' },
	{ deploy: { resources: { limits: { memory: '64m', cpus: '0.5' } }, restart_policy: { condition: 'none' } } },
];
const INACTIVE: readonly Json[] = [{ profiles: ['debug'] }, { scale: 0 }, { deploy: { replicas: 0 } }];

const PLAIN = 'no composition at all';
const NUMERIC = 'numeric app uuid';
const ON_HOST = 'supervisor-api on host network';
const WITH_PROFILE = 'unknown fields are dropped';
/** Each app has a range of addresses, of which an engine has thirty. */
const SERVICES_PER_APP = 24;

/** All vectors on one device, and beside them what they do not have. */
export function buildV19Apps(builder: V19AppBuilder): V19Apps {
	const elsewhere = new Set([...Object.keys(MADE_AGAIN), NUMERIC, ON_HOST, WITH_PROFILE]);
	const hasBody = builder.vectors.filter(({ expected }) => expected.container !== undefined);
	const names = hasBody.map(({ name }) => name).filter((name) => !elsewhere.has(name));
	const groups = Array.from({ length: Math.ceil(names.length / SERVICES_PER_APP) }, (_, n) =>
		names.slice(n * SERVICES_PER_APP, (n + 1) * SERVICES_PER_APP),
	);
	return {
		settled: [
			...groups.map((group, n) => builder.app(VECTOR_APP.id + n, (ids) => ordinaryServices(builder, group, ids))),
			builder.app(7, (ids) => [builder.service(NUMERIC, ids)], { appUuid: '7' }),
			builder.app(800, (ids) => [builder.service(ON_HOST, ids)]),
			builder.app(801, (ids) => [legacyService(builder, ids)]),
			handMadeApp(builder),
			resourcesApp(builder),
		],
		corrected: builder.app(900, (ids) => [
			...Object.keys(MADE_AGAIN).map((name) => atFreePort(builder.service(name, ids))),
			...servicesWithLists(builder, ids),
		]),
		inactive: builder.app(901, (ids) => [builder.service(WITH_PROFILE, ids), ...withKeys(builder, ids, INACTIVE)]),
		leftOut: [
			...builder.vectors
				.filter(({ expected }) => expected.container === undefined)
				.map(({ name }) => ({ vector: name, reason: 'version 19 refused it too' })),
			...Object.entries(OBJECTS_LEFT_OUT).map(([name, reason]) => ({ vector: `network or volume: ${name}`, reason })),
		],
	};
}

function ordinaryServices(builder: V19AppBuilder, names: readonly string[], ids: AppIds): readonly V19Service[] {
	const services = names.map((name): V19Service => {
		const service = builder.service(name, ids);
		return name === 'restart "no"' ? { ...service, ended: true } : service;
	});
	const shared = services.flatMap(({ sharesNetworkOf }) => sharesNetworkOf ?? []);
	return [...services, ...shared.map((name) => builder.service(PLAIN, ids, name))];
}

/** Converted from a release without services: its container has ids of its own (spec: compose 10.4). */
function legacyService(builder: V19AppBuilder, ids: AppIds): V19Service {
	const service = builder.service(PLAIN, ids, 'main');
	const labels = { 'io.balena.legacy-container': '1', 'io.balena.service-id': '1' };
	return changed(service, 'legacy container', { body: { Labels: { ...labelsOf(service.body), ...labels } } });
}

/** What the vectors do not have. */
function handMadeApp(builder: V19AppBuilder): V19App {
	const fixed: { network?: V19Object } = {};
	const app = builder.app(802, (ids) => {
		fixed.network = networkWithAddresses(builder, ids);
		return [
			oldLabels(builder, ids),
			...commands(builder, ids),
			...withKeys(builder, ids, NEW_KEYS),
			withOldVolume(builder, ids),
			atAddress(builder, ids),
		];
	});
	const { network } = fixed;
	return {
		...app,
		networks: { ...app.networks, ...(network && { fixed: network }) },
		// From before volumes had labels.
		volumes: { kept: { vector: 'volume without labels', section: {}, body: { Name: '802_kept' } } },
	};
}

function oldLabels(builder: V19AppBuilder, ids: AppIds): V19Service {
	const service = builder.service(PLAIN, ids);
	const renamed = Object.entries(labelsOf(service.body)).map(([name, value]) => [
		name.replace('io.balena.', 'io.resin.'),
		value,
	]);
	return changed(service, 'labels io.resin.*', { body: { Labels: Object.fromEntries(renamed) as Json } });
}

/** The words that version 19 made of a text (spec: compose C6). */
function commands(builder: V19AppBuilder, ids: AppIds): readonly V19Service[] {
	const cases: readonly (readonly [command: string, words: readonly string[]])[] = [
		[`sh -c 'echo $FOO'`, ['sh', '-c', String.raw`echo \$FOO`]],
		['echo one # two', ['echo', 'one', '']],
	];
	return cases.map(([command, words]) =>
		changed(builder.service(PLAIN, ids), `command ${command}`, {
			body: { Cmd: words },
			target: { composition: { command } },
		}),
	);
}

/** What version 19 did not understand it ignored; its containers have nothing of it. */
function withKeys(builder: V19AppBuilder, ids: AppIds, compositions: readonly Json[]): readonly V19Service[] {
	return compositions.map((composition) =>
		changed(builder.service(PLAIN, ids), `new keys ${JSON.stringify(composition)}`, {
			body: {},
			target: { composition },
		}),
	);
}

function withOldVolume(builder: V19AppBuilder, ids: AppIds): V19Service {
	const service = builder.service(PLAIN, ids);
	const host = hostConfigOf(service.body);
	const Binds = [`${ids.appId}_kept:/kept`, ...(host['Binds'] as readonly string[])]; // as the vector has it
	return changed(service, 'volume without labels', {
		body: { HostConfig: { ...host, Binds } },
		target: { composition: { volumes: ['kept:/kept'] } },
	});
}

const SUBNET = { subnet: '10.231.7.0/24', gateway: '10.231.7.1' };

function networkWithAddresses(builder: V19AppBuilder, ids: AppIds): V19Object {
	const { body } = builder.object('networks', ids, { name: 'fixed' });
	return {
		vector: 'network with addresses',
		section: { ipam: { driver: 'default', config: [SUBNET] } },
		body: {
			...body,
			IPAM: { Driver: 'default', Config: [{ Subnet: SUBNET.subnet, Gateway: SUBNET.gateway }], Options: {} },
			Labels: { ...labelsOf(body), 'io.balena.private.ipam.config': 'true' },
		},
	};
}

function atAddress(builder: V19AppBuilder, ids: AppIds): V19Service {
	const service = builder.service(PLAIN, ids);
	const network = `${ids.appUuid}_fixed`;
	const endpoint = { IPAMConfig: { IPv4Address: '10.231.7.77' }, Aliases: [service.serviceName] };
	return changed(service, 'fixed address', {
		body: {
			NetworkingConfig: { EndpointsConfig: { [network]: endpoint } },
			HostConfig: { ...hostConfigOf(service.body), NetworkMode: network },
		},
		target: { composition: { networks: { fixed: { ipv4_address: '10.231.7.77' } } } },
	});
}

/** Networks and volumes of the vectors; no service is there to need them. */
function resourcesApp(builder: V19AppBuilder): V19App {
	const app = builder.app(803, () => []);
	const of = (kind: 'networks' | 'volumes') => {
		const vectors = builder.objectVectors(kind).filter((name) => !Object.hasOwn(OBJECTS_LEFT_OUT, name));
		const objects = vectors.map((vector, n) => builder.object(kind, app, { name: `${kind}${n}`, vector }));
		return Object.fromEntries(objects.map((object, n) => [`${kind}${n}`, object]));
	};
	return {
		...app,
		networks: { ...app.networks, ...of('networks') },
		volumes: of('volumes'),
	};
}

/** Version 19 published nothing, so its container does not show which port it was; another vector has the same. */
function atFreePort(service: V19Service): V19Service {
	const isIt = service.vector === 'ports number entry';
	return isIt ? changed(service, service.vector, { body: {}, target: { composition: { ports: [18_080] } } }) : service;
}

/** Version 19 took the places of a list for names, and nothing for the text `undefined` (spec: compose C11). */
function servicesWithLists(builder: V19AppBuilder, ids: AppIds): readonly V19Service[] {
	const withEnv = (service: V19Service, variable: string) => [...(service.body['Env'] as readonly string[]), variable];
	const [listed, absent, labelled] = [1, 2, 3].map(() => builder.service(PLAIN, ids));
	if (listed === undefined || absent === undefined || labelled === undefined) return [];
	return [
		changed(listed, 'environment as a list', {
			body: { Env: withEnv(listed, '0=A=1') },
			target: { composition: { environment: ['A=1'] } },
		}),
		changed(absent, 'variable without a value', {
			body: { Env: withEnv(absent, 'B=undefined') },
			target: { composition: { environment: { B: null } } },
		}),
		changed(labelled, 'labels as a list', {
			body: { Labels: { ...labelsOf(labelled.body), 0: 'a=b' } },
			target: { composition: { labels: ['a=b'] } },
		}),
	];
}

function changed(
	service: V19Service,
	vector: string,
	changes: { readonly body: Json; readonly target?: Partial<TargetEntry> },
): V19Service {
	return {
		...service,
		vector,
		body: { ...service.body, ...changes.body },
		target: { ...service.target, ...changes.target },
	};
}

function labelsOf(body: Json): Readonly<Record<string, string>> {
	return body['Labels'] as Readonly<Record<string, string>>; // every create body has them
}
