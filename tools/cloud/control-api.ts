import type { IncomingMessage, ServerResponse } from 'node:http';

import * as z from 'zod/mini';

import type { Device, Fleet } from './cloud-data.ts';
import type { CloudModel } from './cloud-model.ts';
import { randomKey } from './cloud-model.ts';
import { readBody, requestUrl } from './cloud-request.ts';
import { addRelease, patchDevice, patchFleet } from './control-changes.ts';
import { ControlError } from './control-error.ts';
import {
	devicePatchSchema,
	fleetPatchSchema,
	newDeltaSchema,
	newFaultSchema,
	newFleetSchema,
	newKeySchema,
	newReleaseSchema,
} from './control-schemas.ts';
import { deviceView, fleetView, releaseView } from './control-views.ts';
import type { Faults } from './faults.ts';
import type { Reply } from './reply.ts';
import { emptyReply, jsonReply, sendReply } from './reply.ts';
import type { RequestLog } from './request-log.ts';

const BODY_BYTES_MAX = 16 * 1024 * 1024;

interface ControlDeps {
	readonly model: CloudModel;
	readonly faults: Faults;
	readonly requests: RequestLog;
}

interface Call extends ControlDeps {
	readonly parameters: readonly (string | undefined)[];
	readonly query: URLSearchParams;
	readonly body: unknown;
}

interface Route {
	readonly method: string;
	readonly path: RegExp;
	answer(call: Call): Reply;
}

const ROUTES: readonly Route[] = [
	{
		method: 'GET',
		path: /^\/control\/fleets$/,
		answer: ({ model }) =>
			jsonReply(
				200,
				model.data.fleets.map((fleet) => fleetView(model, fleet)),
			),
	},
	{
		method: 'POST',
		path: /^\/control\/fleets$/,
		answer: ({ model, body }) => jsonReply(201, fleetView(model, model.addFleet(decode(newFleetSchema, body)).fleet)),
	},
	{
		method: 'GET',
		path: /^\/control\/fleets\/([^/]+)$/,
		answer: (call) => jsonReply(200, fleetView(call.model, findFleet(call))),
	},
	{
		method: 'PATCH',
		path: /^\/control\/fleets\/([^/]+)$/,
		answer(call) {
			const fleet = findFleet(call);
			patchFleet(call.model, fleet, decode(fleetPatchSchema, call.body));
			return jsonReply(200, fleetView(call.model, fleet));
		},
	},
	{
		method: 'POST',
		path: /^\/control\/fleets\/([^/]+)\/releases$/,
		answer: (call) =>
			jsonReply(201, releaseView(addRelease(call.model, findFleet(call), decode(newReleaseSchema, call.body)))),
	},
	{
		method: 'GET',
		path: /^\/control\/devices$/,
		answer: ({ model }) =>
			jsonReply(
				200,
				model.data.devices.map((device) => deviceView(model, device)),
			),
	},
	{
		method: 'GET',
		path: /^\/control\/devices\/([^/]+)$/,
		answer: (call) => jsonReply(200, deviceView(call.model, findDevice(call))),
	},
	{
		method: 'PATCH',
		path: /^\/control\/devices\/([^/]+)$/,
		answer(call) {
			const device = findDevice(call);
			patchDevice(call.model, device, decode(devicePatchSchema, call.body));
			return jsonReply(200, deviceView(call.model, device));
		},
	},
	{
		method: 'GET',
		path: /^\/control\/devices\/([^/]+)\/reports$/,
		answer: (call) => jsonReply(200, findDevice(call).reports),
	},
	{
		method: 'GET',
		path: /^\/control\/devices\/([^/]+)\/logs$/,
		answer: (call) => jsonReply(200, findDevice(call).logs),
	},
	{
		method: 'GET',
		path: /^\/control\/devices\/([^/]+)\/log-streams$/,
		answer: (call) => jsonReply(200, call.model.logStreamsOf(findDevice(call).uuid)),
	},
	{
		method: 'PUT',
		path: /^\/control\/devices\/([^/]+)\/target$/,
		answer(call) {
			const device = findDevice(call);
			if (call.body === undefined) {
				throw new ControlError(400, 'a body is needed; null removes the target');
			}
			device.targetOverride = call.body === null ? null : { body: call.body };
			call.model.targetsChanged([device]);
			return emptyReply(204);
		},
	},
	{
		method: 'POST',
		path: /^\/control\/keys$/,
		answer({ model, body }) {
			const { kind, key = randomKey() } = decode(newKeySchema, body);
			if (model.key(key) !== undefined) {
				throw new ControlError(409, 'there is such a key already');
			}
			model.addKey({ kind, key });
			return jsonReply(201, { key });
		},
	},
	{
		method: 'POST',
		path: /^\/control\/deltas$/,
		answer: ({ model, body }) => jsonReply(201, model.deltas.add(decode(newDeltaSchema, body))),
	},
	{
		method: 'GET',
		path: /^\/control\/faults$/,
		answer: ({ faults }) => jsonReply(200, faults.list()),
	},
	{
		method: 'POST',
		path: /^\/control\/faults$/,
		answer: ({ faults, body }) => jsonReply(201, { id: faults.add(decode(newFaultSchema, body)) }),
	},
	{
		method: 'DELETE',
		path: /^\/control\/faults(?:\/(\d+))?$/,
		answer({ faults, parameters: [id] }) {
			// A used-up fault is already removed, which is success.
			faults.remove(id === undefined ? undefined : Number(id));
			return emptyReply(204);
		},
	},
	{
		method: 'GET',
		path: /^\/control\/requests$/,
		answer: ({ requests, query }) => jsonReply(200, requests.since(Number(query.get('since') ?? 0))),
	},
	{
		method: 'DELETE',
		path: /^\/control\/requests$/,
		answer({ requests }) {
			requests.clear();
			return emptyReply(204);
		},
	},
];

export function isControlPath(path: string): boolean {
	return path === '/control' || path.startsWith('/control/');
}

/** For developers and tests only: no authentication, and every refusal says what was wrong. */
export async function serveControl(
	deps: ControlDeps,
	incoming: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const url = requestUrl(incoming);
	const method = incoming.method ?? 'GET';
	let reply: Reply;
	try {
		reply = await answer(deps, { method, url, incoming });
	} catch (error) {
		if (!(error instanceof ControlError)) {
			throw error;
		}
		reply = jsonReply(error.status, { error: error.message });
	}
	sendReply(response, { method, headers: incoming.headers }, reply);
}

interface Incoming {
	readonly method: string;
	readonly url: URL;
	readonly incoming: IncomingMessage;
}

async function answer(deps: ControlDeps, { method, url, incoming }: Incoming): Promise<Reply> {
	for (const route of ROUTES) {
		const match = route.method === method ? route.path.exec(url.pathname) : null;
		if (match !== null) {
			const parameters = match.slice(1).map(decodeParameter);
			return route.answer({ ...deps, parameters, query: url.searchParams, body: await readJson(incoming) });
		}
	}
	throw new ControlError(404, `nothing at ${method} ${url.pathname}`);
}

/** A missing optional part of a path is `undefined`, although the type of a match says otherwise. */
function decodeParameter(text: string | undefined): string | undefined {
	try {
		return text === undefined ? undefined : decodeURIComponent(text);
	} catch {
		throw new ControlError(400, `${String(text)} is not a valid part of a path`);
	}
}

/** Parses JSON with any content type, because developers type control calls by hand. */
async function readJson(incoming: IncomingMessage): Promise<unknown> {
	const body = await readBody(incoming, BODY_BYTES_MAX);
	switch (body.kind) {
		case 'json':
			return body.value;
		case 'other':
		case 'bad-json':
			try {
				return JSON.parse(body.text);
			} catch {
				throw new ControlError(400, 'the body is not JSON');
			}
		case 'too-large':
			throw new ControlError(400, 'the body is too large');
		case 'none':
		case 'stream':
			return undefined;
	}
}

function decode<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
	const parsed = schema.safeParse(value);
	if (!parsed.success) {
		throw new ControlError(400, z.prettifyError(parsed.error));
	}
	return parsed.data;
}

function findFleet({ model, parameters: [reference = ''] }: Call): Fleet {
	const fleet = model.fleet(reference);
	if (fleet === undefined) {
		throw new ControlError(404, `no fleet ${reference}`);
	}
	return fleet;
}

/** A deleted device can still be looked at, unless another one took its uuid. */
function findDevice({ model, parameters: [uuid = ''] }: Call): Device {
	const device = model.device(uuid) ?? model.data.devices.findLast((candidate) => candidate.uuid === uuid);
	if (device === undefined) {
		throw new ControlError(404, `no device ${uuid}`);
	}
	return device;
}
