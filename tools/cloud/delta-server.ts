import { decodeTokenAccess } from './sign-token.ts';
import type { CloudRequest, Handler } from './cloud-request.ts';
import { emptyReply, jsonReply, type Reply } from './reply.ts';

/** What the control API says of one delta. Not stored: deltas can be made again. */
export interface Delta {
	/** References as devices name them. */
	readonly src: string;
	readonly dest: string;
	/** So many requests find it still being made. */
	readonly processing?: number | undefined;
	/** Version 3: the image that is the delta. */
	readonly name?: string | undefined;
	/** Version 2: what is downloaded from here, base64; */
	readonly payload?: string | undefined;
	/** or from where else. */
	readonly location?: string | undefined;
	/** Payloads are sent from their beginning only. */
	readonly refusesRanges?: boolean | undefined;
}

interface KnownDelta extends Delta {
	readonly id: number;
	processing: number;
}

/**
 * The delta server, beside the API for simplicity. Nothing is computed here: a test says which deltas there are. Other
 * answers, and connections that break, are a matter of faults.
 */
export class DeltaServer {
	readonly #deltas: KnownDelta[] = [];

	/** Takes the place of an earlier one between the same images. */
	add(delta: Delta): { readonly id: number } {
		const id = this.#deltas.length + 1;
		this.#deltas.push({ ...delta, id, processing: delta.processing ?? 0 });
		return { id };
	}

	find(src: string, dest: string): KnownDelta | undefined {
		return this.#deltas.findLast((delta) => delta.src === src && delta.dest === dest);
	}

	byId(id: number): KnownDelta | undefined {
		return this.#deltas.find((delta) => delta.id === id);
	}
}

/** `GET /api/v<2|3>/delta?src=…&dest=…`, with a token that allows to pull both images. */
export const getDelta: Handler = (model, request, [version]) => {
	const [src, dest] = [request.query.get('src') ?? '', request.query.get('dest') ?? ''];
	if (!mayPull(request, src) || !mayPull(request, dest)) {
		return emptyReply(401);
	}
	const delta = model.deltas.find(src, dest);
	if (delta === undefined) {
		return emptyReply(404);
	}
	if (delta.processing > 0) {
		delta.processing -= 1;
		return emptyReply(504);
	}
	if (version === '3') {
		return delta.name === undefined ? emptyReply(404) : jsonReply(200, { name: delta.name });
	}
	const location = delta.location ?? (delta.payload === undefined ? undefined : `/delta-payloads/${delta.id}`);
	return location === undefined ? emptyReply(404) : { status: 302, headers: { Location: location } };
};

/** `GET /delta-payloads/<id>`, whole or from some byte on; asks for no credentials. */
export const getDeltaPayload: Handler = (model, request, [id]) => {
	const delta = model.deltas.byId(Number(id));
	if (delta?.payload === undefined) {
		return emptyReply(404);
	}
	const bytes = Buffer.from(delta.payload, 'base64');
	const reply: Reply = { status: 200, bytes };
	if (delta.refusesRanges === true) {
		return reply;
	}
	const headers = { 'Accept-Ranges': 'bytes' };
	const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
	if (from === undefined) {
		return { ...reply, headers };
	}
	const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
	return { status: 206, bytes: bytes.subarray(Number(from)), headers: { ...headers, 'Content-Range': range } };
};

function mayPull(request: CloudRequest, reference: string): boolean {
	const token = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
	const repository = reference.replace(/^[^/]*\//, '').replace(/[@:].*$/, '');
	return decodeTokenAccess(token).some(({ name, actions }) => name === repository && actions.includes('pull'));
}
