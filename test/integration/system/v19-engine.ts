import { existsSync } from 'node:fs';
import { request } from 'node:http';
import type { RealEngine } from '../../support/real-engine.ts';
import { shareNetwork, type Json, type V19App, type V19Service } from './v19-vectors.ts';

/** A service whose container is there, as version 19 left it. */
export interface TakenPart {
	readonly service: V19Service;
	readonly containerId: string;
	/** Why it was made and not started. */
	readonly notStarted: string | undefined;
}

export interface LeftOut {
	readonly vector: string;
	readonly reason: string;
}

interface V19Objects {
	readonly services: readonly TakenPart[];
	/** Of networks and volumes: compose names by app. */
	readonly networks: readonly string[];
	readonly volumes: readonly string[];
	readonly leftOut: readonly LeftOut[];
}

/** Vectors whose containers would leave something on the machine, outside of the engine: created and not started. */
const NOT_TO_START: Readonly<Record<string, string>> = {
	strings: 'its cgroup would be one of the machine',
	'all features': 'the engine would make what is missing of /lib/modules and /lib/firmware',
	...(!existsSync('/lib/firmware') && { 'feature firmware': 'the engine would make /lib/firmware' }),
};

const AT_ONCE = 4;

/** Calls of the engine's API as any program makes them: nothing of what is under test is in between. */
export class V19Engine {
	readonly #engine: RealEngine;
	readonly #containers: string[] = [];
	readonly #networks: string[] = [];
	readonly #volumes: string[] = [];

	constructor(engine: RealEngine) {
		this.#engine = engine;
	}

	/** As version 19 makes it on every device (spec: compose 6.5), after any earlier test. */
	async makeSupervisorNetwork(): Promise<void> {
		await this.#call('DELETE', '/networks/supervisor0');
		await this.#must('POST', '/networks/create', {
			Name: 'supervisor0',
			Options: { 'com.docker.network.bridge.name': 'supervisor0' },
			IPAM: { Driver: 'default', Config: [{ Subnet: '10.114.104.0/25', Gateway: '10.114.104.1' }] },
			CheckDuplicate: true,
		});
	}

	async makeVolume(body: Json): Promise<string | undefined> {
		const { status, text } = await this.#call('POST', '/volumes/create', body);
		if (status !== 201) {
			return text;
		}
		this.#volumes.push(String(body['Name']));
		return undefined;
	}

	/** Networks, volumes, then containers with the image that `imageId` names for a reference. */
	async makeApp(app: V19App, imageId: (reference: string) => string): Promise<V19Objects> {
		const leftOut: LeftOut[] = [];
		const networks = await this.#makeEach(app.networks, leftOut, (body) => this.#makeNetwork(body));
		const volumes = await this.#makeEach(app.volumes, leftOut, (body) => this.makeVolume(body));
		const services: TakenPart[] = [];
		const make = async (service: V19Service) => {
			const owner = services.find((other) => other.service.serviceName === service.sharesNetworkOf);
			const body = owner === undefined ? service.body : shareNetwork(service.body, owner.containerId);
			const made = await this.#makeContainer(service, { ...body, Image: imageId(service.target.image) });
			if ('reason' in made) {
				leftOut.push(made);
			} else {
				services.push(made);
			}
		};
		await eachOf(
			app.services.filter((service) => service.sharesNetworkOf === undefined),
			make,
		);
		await eachOf(
			app.services.filter((service) => service.sharesNetworkOf !== undefined),
			make,
		);
		return { services, networks, volumes, leftOut };
	}

	async #makeEach(
		objects: V19App['networks'],
		leftOut: LeftOut[],
		make: (body: Json) => Promise<string | undefined>,
	): Promise<readonly string[]> {
		const made: string[] = [];
		for (const [name, { vector, body }] of Object.entries(objects)) {
			const reason = await make(body);
			if (reason === undefined) {
				made.push(name);
			} else {
				leftOut.push({ vector, reason });
			}
		}
		return made;
	}

	async #makeNetwork(body: Json): Promise<string | undefined> {
		const { status, text } = await this.#call('POST', '/networks/create', body);
		if (status !== 201) {
			return text;
		}
		this.#networks.push(String(body['Name']));
		return undefined;
	}

	async #makeContainer(service: V19Service, body: Json): Promise<TakenPart | LeftOut> {
		const { vector } = service;
		const name = encodeURIComponent(service.containerName);
		const made = await this.#call('POST', `/containers/create?name=${name}`, body);
		if (made.status !== 201) {
			return { vector, reason: made.text };
		}
		const { Id: containerId } = JSON.parse(made.text) as { readonly Id: string }; // the engine's answer
		this.#containers.push(containerId);
		for (const [network, endpoint] of Object.entries(service.extraNetworks)) {
			await this.#must('POST', `/networks/${network}/connect`, { Container: containerId, EndpointConfig: endpoint });
		}
		return { service, containerId, notStarted: await this.#start(service, containerId) };
	}

	async #start({ vector, target, ended }: V19Service, containerId: string): Promise<string | undefined> {
		if (target.running === false) {
			return 'the target says so';
		}
		const reason = NOT_TO_START[vector];
		if (reason !== undefined) {
			return reason;
		}
		const { status, text } = await this.#call('POST', `/containers/${containerId}/start`);
		if (status !== 204) {
			return text;
		}
		if (ended === true) {
			await this.#must('POST', `/containers/${containerId}/kill`);
		}
		return undefined;
	}

	async #must(method: string, path: string, body?: Json): Promise<void> {
		const { status, text } = await this.#call(method, path, body);
		if (status >= 300) {
			throw new Error(`${method} ${path}: ${text}`);
		}
	}

	/** `text`: the message, where the engine refuses. */
	async #call(method: string, path: string, body?: Json): Promise<{ readonly status: number; readonly text: string }> {
		const { socketPath } = this.#engine;
		const headers = { 'content-type': 'application/json' };
		const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
			const call = request({ socketPath, method, path, headers, agent: false }, (response) => {
				let text = '';
				response.setEncoding('utf8').on('data', (part: string) => (text += part));
				response.on('error', reject);
				response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
			});
			call.on('error', reject);
			call.end(body === undefined ? undefined : JSON.stringify(body));
		});
		if (answer.status < 400) {
			return answer;
		}
		const { message } = JSON.parse(answer.text) as { readonly message: string };
		return { status: answer.status, text: message };
	}

	/** What was made here and what became of it: some carries no label by which others could find it. */
	async dispose(): Promise<void> {
		await eachOf(this.#containers, async (id) => {
			await this.#call('DELETE', `/containers/${id}?force=1&v=1`);
		});
		for (const network of [...this.#networks, 'supervisor0']) {
			await this.#call('DELETE', `/networks/${network}`);
		}
		for (const volume of this.#volumes) {
			await this.#call('DELETE', `/volumes/${volume}`);
		}
	}
}

/** A few together: the engine is slow with one, and the machine has little to spare for all. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
	const queue = [...items];
	const worker = async () => {
		for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
			await work(item);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
