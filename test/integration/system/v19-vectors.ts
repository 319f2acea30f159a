import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Json = Readonly<Record<string, unknown>>;

/** A service as a release has it, and what version 19 sent to the engine for it. */
export interface V19Service {
	/** What it was made from. */
	readonly vector: string;
	readonly serviceName: string;
	/** As under `releases[commit].services[name]` of a target. */
	readonly target: TargetEntry;
	/** Body of the create call, without the name. */
	readonly body: Json;
	readonly containerName: string;
	/** What is joined after the container was made: network → endpoint. */
	readonly extraNetworks: Readonly<Record<string, Json>>;
	/** The service of the same app whose network it shares. */
	readonly sharesNetworkOf?: string;
	/** It ended by itself, and shall stay so. */
	readonly ended?: true;
}

export interface TargetEntry {
	readonly id: number;
	readonly image_id: number;
	readonly image: string;
	readonly environment: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
	readonly running?: boolean;
	readonly composition?: Json;
}

/** An app of the device, with the engine's objects that version 19 made for its release. */
export interface V19App {
	readonly appId: number;
	readonly appUuid: string;
	readonly services: readonly V19Service[];
	/** By compose name: the compose section and the create body. */
	readonly networks: Readonly<Record<string, V19Object>>;
	readonly volumes: Readonly<Record<string, V19Object>>;
}

export interface V19Object {
	readonly vector: string;
	/** Absent: the release does not name it. */
	readonly section?: Json;
	readonly body: Json;
}

/** What differs between the device of the vectors and the one of the test. */
export interface DeviceOfTest {
	readonly apiEndpoint: string;
	readonly listenPort: number;
	readonly socketPath: string;
	/** The key of every service that asks for one: 32 hexadecimal digits. */
	readonly serviceKey: string;
}

interface Vector<I, E> {
	readonly name: string;
	readonly input: I;
	readonly expected: E;
}

export interface ServiceVector {
	readonly app: { readonly id: number; readonly uuid: string };
	readonly serviceName: string;
	readonly service: TargetEntry;
	readonly containerIds: Readonly<Record<string, string>>;
}

export interface ServiceAnswer {
	readonly container?: Json;
	readonly extraNetworks?: Readonly<Record<string, Json>>;
}

/** A compose section of a network or volume, and the body that version 19 made of it. */
export interface ObjectVector {
	readonly op: string;
	readonly app: { readonly id: number };
	readonly network?: Json;
	readonly volume?: Json;
}

export interface ObjectAnswer {
	readonly create?: Json;
}

export const RELEASE = { id: 5001, commit: 'c0ffee00c0ffee00c0ffee00c0ffee00' };
export const VECTOR_APP = { id: 101, uuid: 'a0a1a2a3a4a5a6a7a8a9b0b1b2b3b4b5' };
const VECTORS = join(import.meta.dirname, '../../fixtures/vectors');
const SHARED_CONTAINER = 'f'.repeat(64);

/** The files are our own fixtures. */
export function readVectorFile<I, E>(file: string): readonly Vector<I, E>[] {
	return JSON.parse(readFileSync(join(VECTORS, `${file}.json`), 'utf8')) as readonly Vector<I, E>[];
}

/** Vectors are all the one service of one app; on one device each needs names and ids of its own. */
interface Place {
	readonly appId: number;
	readonly appUuid: string;
	/** Counts through all services of the device. */
	readonly number: number;
	readonly serviceName: string;
}

export function placeService(
	{ name, input, expected }: Vector<ServiceVector, ServiceAnswer>,
	place: Place,
	device: DeviceOfTest,
): V19Service {
	const ids = { id: 1000 + place.number, imageId: 20_000 + place.number };
	const { container, extraNetworks } = rewrite(
		{ container: { ...expected.container }, extraNetworks: { ...expected.extraNetworks } },
		[...renames(input, place, ids), ...deviceRenames(device)],
	);
	const { name: containerName, ...body } = container;
	const shared = Object.keys(input.containerIds)[0];
	return {
		vector: name,
		serviceName: place.serviceName,
		target: { ...input.service, id: ids.id, image_id: ids.imageId },
		body,
		containerName: String(containerName),
		extraNetworks: Object.fromEntries(
			Object.entries(extraNetworks).map(([network, endpoint]) => [network, endpointBody(endpoint)]),
		),
		...(shared !== undefined && { sharesNetworkOf: shared }),
	};
}

type Rename = readonly [from: string, to: string];

/** Longer texts first: the name alone is also a part of them. */
function renames(
	{ app, serviceName: from }: ServiceVector,
	{ appId, appUuid, serviceName: to }: Place,
	{ id, imageId }: { readonly id: number; readonly imageId: number },
): readonly Rename[] {
	const own: Rename[] = [
		[`/services/${app.id}/${from}:`, `/services/${appId}/${to}:`],
		[`_SERVICE_NAME=${from}"`, `_SERVICE_NAME=${to}"`],
		[`"${from}_2001_5001_`, `"${to}_${imageId}_5001_`],
		[`"${from}"`, `"${to}"`],
		['"io.balena.service-id":"11"', `"io.balena.service-id":"${id}"`],
	];
	// The other one has a uuid of one digit, which is in everything; it is an app of its own anyway.
	return app.id !== VECTOR_APP.id ? own : [...own, ...appRenames({ appId, appUuid })];
}

function appRenames({ appId, appUuid }: Pick<Place, 'appId' | 'appUuid'>): readonly Rename[] {
	return [
		[VECTOR_APP.uuid, appUuid],
		[`"io.balena.app-id":"${VECTOR_APP.id}"`, `"io.balena.app-id":"${appId}"`],
		[`_APP_ID=${VECTOR_APP.id}"`, `_APP_ID=${appId}"`],
		[`"${VECTOR_APP.id}_`, `"${appId}_`],
	];
}

function deviceRenames({ apiEndpoint, listenPort, socketPath, serviceKey }: DeviceOfTest): readonly Rename[] {
	return [
		['https://api.example.com', apiEndpoint],
		['_PORT=48484"', `_PORT=${listenPort}"`],
		[':48484"', `:${listenPort}"`],
		['"/var/run/balena-engine.sock"', JSON.stringify(socketPath)],
		['=<random>"', `=${serviceKey}"`],
	];
}

/** Name and app of a network or volume are in its body. */
export function placeObject(body: Json, place: { readonly appId: number; readonly appUuid: string }, name: string) {
	const [engineName = ''] = [body['Name']].map(String);
	const prefix = engineName.slice(0, engineName.indexOf('_') + 1);
	return rewrite({ ...body, Name: `${prefix}${name}` }, appRenames(place));
}

function rewrite<T>(value: T, changes: readonly Rename[]): T {
	const text = changes.reduce((result, [from, to]) => result.replaceAll(from, to), JSON.stringify(value));
	return JSON.parse(text) as T; // only texts inside were changed
}

/** Version 19 sent both keys even when they are empty (spec: compose 2.5). */
function endpointBody({ aliases, ipv4Address, ipv6Address, linkLocalIps }: Json): Json {
	return {
		IPAMConfig: {
			...(ipv4Address !== undefined && { IPv4Address: ipv4Address }),
			...(ipv6Address !== undefined && { IPv6Address: ipv6Address }),
			...(linkLocalIps !== undefined && { LinkLocalIPs: linkLocalIps }),
		},
		Aliases: aliases ?? [],
	};
}

/** The id of the container whose network is shared is only known once it is there. */
export function shareNetwork(body: Json, containerId: string): Json {
	return rewrite(body, [[SHARED_CONTAINER, containerId]]);
}

/** As a release has them. */
export function sectionsOf(objects: V19App['networks']): Readonly<Record<string, Json>> {
	return Object.fromEntries(
		Object.entries(objects).flatMap(([name, { section }]) => (section === undefined ? [] : [[name, section]])),
	);
}
