import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { CloudModel } from './cloud-model.ts';
import type { Body, CloudRequest } from './cloud-request.ts';
import { readBody, requestUrl } from './cloud-request.ts';
import { findRoute } from './device-routes.ts';
import type { Fault, Faults } from './faults.ts';
import type { Delivery, Reply } from './reply.ts';
import { errorPage, jsonReply, sendReply, textReply } from './reply.ts';
import type { RequestEntry, RequestLog } from './request-log.ts';

const BODY_BYTES_MAX = 512 * 1024;
const REPORTS_KEPT = 1000;

interface DeviceServerDeps {
	readonly model: CloudModel;
	readonly faults: Faults;
	readonly requests: RequestLog;
	readonly signal: AbortSignal;
}

/** One device-facing request: log it, apply a fault, act, answer. */
export async function serveDevice(deps: DeviceServerDeps, incoming: IncomingMessage, response: ServerResponse) {
	const { model, faults, requests, signal } = deps;
	const url = requestUrl(incoming);
	const request = {
		method: incoming.method ?? 'GET',
		path: url.pathname,
		query: url.searchParams,
		headers: incoming.headers,
	};
	const entry = requests.add({ ...request, at: model.timestamp() });
	const fault = faults.take(request.method, request.path, performance.now());
	const route = findRoute(request.method, request.path);
	const isCanned = fault?.status !== undefined || fault?.body !== undefined;
	if (fault?.drop === 'before' || fault?.drop === 'reset') {
		incoming.socket[fault.drop === 'reset' ? 'resetAndDestroy' : 'destroy']();
		return;
	}
	if (fault?.delayMs !== undefined) {
		await sleep(fault.delayMs, undefined, { signal });
	}
	const body: Body = route.isStream ? { kind: 'stream' } : await readBody(incoming, BODY_BYTES_MAX);
	const shownBody = bodyToShow(body);
	if (shownBody !== undefined) {
		entry.body = shownBody;
	}
	const whole: CloudRequest = { ...request, body, incoming };
	const reply =
		fault !== undefined && isCanned ? cannedReply(fault) : await act(whole, () => route.answer(model, whole));
	if (fault?.holdUntil !== undefined) {
		await faults.hold(fault.holdUntil, signal);
	}
	if (fault?.drop === 'after' || fault?.stall === 'silent' || fault?.mangle === 'not-http') {
		recordReport(model, whole, null);
		answerNothing(incoming, fault);
		return;
	}
	finish(deps, { request: whole, response, entry, fault, reply });
	// A refused stream still arrives; discarding it keeps the connection usable until the device notices.
	incoming.resume();
}

function act(request: CloudRequest, answer: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
	switch (request.body.kind) {
		case 'too-large':
			return errorPage(413);
		case 'bad-json':
			return errorPage(400);
		default:
			return answer();
	}
}

interface Answer {
	readonly request: CloudRequest;
	readonly response: ServerResponse;
	readonly entry: RequestEntry;
	readonly fault: Fault | undefined;
	readonly reply: Reply;
}

function finish({ model, faults }: DeviceServerDeps, { request, response, entry, fault, reply }: Answer): void {
	sendReply(response, request, fault === undefined ? reply : changeHead(reply, fault), fault && deliveryOf(fault));
	entry.status = response.statusCode;
	recordReport(model, request, response.statusCode);
	faults.answered(request.method, request.path);
}

/** A silent connection stays open until the caller or the stand-in closes it. */
function answerNothing({ socket }: IncomingMessage, { drop, mangle }: Fault): void {
	if (drop === 'after') {
		socket.destroy();
	} else if (mangle === 'not-http') {
		socket.end('\x16\x03\x01 these are not the words of a web server\n');
	}
}

function changeHead(reply: Reply, { etag, headers }: Fault): Reply {
	return {
		...reply,
		...(etag === null && reply.body !== undefined ? { body: { ...reply.body, hasEtag: false } } : {}),
		headers: { ...reply.headers, ...(typeof etag === 'string' ? { ETag: etag } : {}), ...headers },
	};
}

function deliveryOf({ truncate, stall, trickle, mangle }: Fault): Delivery {
	return {
		...(truncate === undefined ? {} : { truncate }),
		...(stall === undefined ? {} : { stall }),
		...(trickle === undefined ? {} : { trickle }),
		...(mangle === undefined ? {} : { mangle }),
	};
}

function cannedReply(fault: Fault): Reply {
	const status = fault.status ?? 200;
	if (fault.body === undefined) {
		return { status };
	}
	return typeof fault.body === 'string' ? textReply(status, fault.body, 'text/html') : jsonReply(status, fault.body);
}

function bodyToShow(body: Body): unknown {
	switch (body.kind) {
		case 'json':
			return body.value;
		case 'other':
		case 'bad-json':
			return body.text;
		case 'none':
		case 'too-large':
		case 'stream':
			return undefined;
	}
}

/** Every report is kept for the control API, refused ones and those that a fault swallowed included. */
function recordReport(model: CloudModel, { method, path, body }: CloudRequest, status: number | null): void {
	if (method !== 'PATCH' || path !== '/device/v3/state' || body.kind !== 'json') {
		return;
	}
	for (const uuid of Object.keys(body.value ?? {})) {
		const device = model.device(uuid);
		device?.reports.push({ at: model.timestamp(), status, body: body.value });
		device?.reports.splice(0, device.reports.length - REPORTS_KEPT);
	}
	model.changed();
}
