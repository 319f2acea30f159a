import type { CloudRequest, Handler } from './cloud-request.ts';
import { emptyReply, jsonReply, type Reply } from './reply.ts';
import { decodeTokenAccess } from './sign-token.ts';

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
