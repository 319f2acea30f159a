import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RealEngine } from '../../support/real-engine.ts';
import { removeImages } from './images.ts';

/** A proxy to the registry that can hold an image: the download has started and does not end. */
export interface HeldRegistry {
	/** The same image by way of here. */
	reference(reference: string): string;
	/** From now on, until it is released. The reference as it is by way of here. */
	hold(reference: string): string;
	letGo(reference: string): void;
	/** A request for it is waiting. */
	isAskedFor(reference: string): boolean;
	/** Refuses waiting requests. */
	stop(): Promise<void>;
	/** From the engine, those that came this way: the next device has to fetch them again. */
	removeImages(): Promise<void>;
}

type Waiting = { readonly proceed: () => void; readonly refuse: () => void }[];

export async function startHeldRegistry(engine: RealEngine): Promise<HeldRegistry> {
	const held = new Map<string, Waiting>();
	const server = createServer((incoming, response) => {
		const name = /^\/v2\/(.+)\/manifests\//.exec(incoming.url ?? '')?.[1];
		const waiting = name === undefined ? undefined : held.get(name);
		const proceed = () => forward(incoming, response, engine.registry);
		if (waiting === undefined) proceed();
		else waiting.push({ proceed, refuse: () => response.destroy() });
	});
	await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
	// It listens on a port, not on a path.
	const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
	const nameOf = (reference: string) => reference.slice(reference.indexOf('/') + 1).split('@')[0] ?? '';
	const referenceOf = (reference: string) => address + reference.slice(reference.indexOf('/'));
	return {
		reference: referenceOf,
		hold: (reference) => {
			held.set(nameOf(reference), []);
			return referenceOf(reference);
		},
		letGo: (reference) => {
			const waiting = held.get(nameOf(reference)) ?? [];
			held.delete(nameOf(reference));
			for (const { proceed } of waiting) proceed();
		},
		isAskedFor: (reference) => (held.get(nameOf(reference)) ?? []).length > 0,
		stop: async () => {
			for (const { refuse } of [...held.values()].flat()) refuse();
			held.clear();
			await new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			});
		},
		removeImages: () => removeImages(engine, `${address}/v2/*`),
	};
}

function forward(incoming: IncomingMessage, response: ServerResponse, registry: string): void {
	const { method, url, headers } = incoming;
	const [host, port] = registry.split(':');
	const call = request({ host, port, method, path: url, headers, agent: false }, (answer) => {
		response.writeHead(answer.statusCode ?? 502, answer.headers);
		answer.pipe(response);
	});
	call.on('error', () => response.destroy());
	response.on('close', () => call.destroy());
	incoming.pipe(call);
}
