import type { V19Images } from './v19-images.ts';
import {
	placeObject,
	placeService,
	readVectorFile,
	VECTOR_APP,
	type DeviceOfTest,
	type Json,
	type ObjectAnswer,
	type ObjectVector,
	type ServiceAnswer,
	type ServiceVector,
	type V19App,
	type V19Object,
	type V19Service,
} from './v19-vectors.ts';

export interface AppIds {
	readonly appId: number;
	readonly appUuid: string;
}

type ObjectKind = 'networks' | 'volumes';

/** Makes apps of one device out of vectors, each of which is a service of an app of its own device. */
export class V19AppBuilder {
	readonly vectors = readVectorFile<ServiceVector & { readonly options: Json }, ServiceAnswer>('services');
	readonly #objects = {
		networks: readVectorFile<ObjectVector, ObjectAnswer>('networks'),
		volumes: readVectorFile<ObjectVector, ObjectAnswer>('volumes'),
	};
	readonly #device: DeviceOfTest;
	readonly #images: V19Images;
	#number = 0;

	constructor(device: DeviceOfTest, images: V19Images) {
		this.#device = device;
		this.#images = images;
	}

	/** With what its containers are connected to, and the default network that each app has. */
	app(appId: number, services: (ids: AppIds) => readonly V19Service[], given: Partial<V19App> = {}): V19App {
		const appUuid = given.appUuid ?? `${VECTOR_APP.uuid.slice(0, -4)}${String(appId).padStart(4, '0')}`;
		const ids = { appId, appUuid };
		const made = services(ids);
		const areOnHost = made.every(({ body }) => hostConfigOf(body)['NetworkMode'] === 'host');
		const named = (kind: ObjectKind, pattern: string) =>
			namesIn(made, new RegExp(pattern, 'g')).map((name) => [name, this.object(kind, ids, { name })] as const);
		return {
			...ids,
			services: made,
			networks: {
				...Object.fromEntries(named('networks', `"${appUuid}_([^"]+)":\\{`)),
				default: withoutSection(
					this.object('networks', ids, { name: 'default', ...(areOnHost && { vector: 'config_only' }) }),
				),
				...given.networks,
			},
			volumes: {
				// With the uuid for its id, networks would be taken for volumes.
				...(appUuid !== String(appId) && Object.fromEntries(named('volumes', `"${appId}_([^":]+)[":]`))),
				...given.volumes,
			},
		};
	}

	/** Without a vector: one with an empty section. */
	object(kind: ObjectKind, ids: AppIds, wanted: { readonly name: string; readonly vector?: string }): V19Object {
		const plain = kind === 'volumes' ? 'name with dots' : ids.appUuid === '7' ? 'numeric uuid' : 'empty';
		const name = wanted.vector ?? plain;
		const found = this.#objects[kind].find((vector) => vector.name === name);
		if (found?.expected.create === undefined) throw new Error(`there is no vector ${name}`);
		const { network, volume } = found.input;
		return {
			vector: `${kind}: ${name}`,
			section: network ?? volume ?? {},
			body: placeObject(found.expected.create, ids, wanted.name),
		};
	}

	/** All that have a body. */
	objectVectors(kind: ObjectKind): readonly string[] {
		return this.#objects[kind].filter(({ expected }) => expected.create !== undefined).map(({ name }) => name);
	}

	/** Its name may matter: then it is kept, else it is one that no other service of the device has. */
	service(vectorName: string, ids: AppIds, serviceName?: string): V19Service {
		const vector = this.vectors.find(({ name }) => name === vectorName);
		if (vector === undefined) throw new Error(`there is no vector ${vectorName}`);
		this.#number += 1;
		const { app, serviceName: own, options } = vector.input;
		const isSpecial = own !== 'main' || app.id !== VECTOR_APP.id;
		const place = {
			...ids,
			number: this.#number,
			serviceName: serviceName ?? (isSpecial ? own : `s${this.#number}`),
		};
		const service = placeService(vector, place, this.#device);
		const { image } = service.target;
		const made = options['imageInfo'] === undefined ? this.#images.plain : this.#images.rich;
		// Other references are their vector's point.
		return { ...service, target: { ...service.target, image: image.startsWith('127.0.0.1:5000/') ? made : image } };
	}
}

export function hostConfigOf(body: Json): Json {
	return body['HostConfig'] as Json; // every create body of the vectors has one
}

/** The network that each app has, named or not. */
function withoutSection({ vector, body }: V19Object): V19Object {
	return { vector, body };
}

/** Compose names, of engine names in the bodies. */
function namesIn(services: readonly V19Service[], pattern: RegExp): readonly string[] {
	const texts = services.map(({ body, extraNetworks }) => JSON.stringify([body, extraNetworks]));
	return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name)))];
}
