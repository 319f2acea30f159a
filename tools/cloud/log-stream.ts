import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';

import * as z from 'zod/mini';

import type { Device } from './cloud-data.ts';
import type { CloudModel, LogStreamCounters } from './cloud-model.ts';
import type { Handler } from './cloud-request.ts';
import { deviceOf, isUser, readActor } from './cloud-request.ts';
import { apiKeyRequired, emptyReply, jsonReply, textReply } from './reply.ts';

const SHOWN_OF_BAD_LINE = 50;

const logLine = z.object({
	message: z.string(),
	timestamp: z.number(),
	isSystem: z.optional(z.boolean()),
	isStdErr: z.optional(z.boolean()),
	serviceId: z.optional(z.int()),
});

class BadLineError extends Error {}

/**
 * `POST /device/v2/:uuid/log-stream`. Refusals come while the request is still open, the 201 only at its end.
 * One for a device that does not exist (any more) is refused after a delay, so that its device does not ask all the time.
 */
export const streamLogs: Handler = async (model, request, [uuid = '']) => {
	const actor = readActor(model, request);
	if (actor.kind === 'none' || actor.kind === 'unknown' || actor.kind === 'session') {
		return apiKeyRequired;
	}
	const device = deviceOf(model, actor);
	if (model.device(uuid) === undefined) {
		await holdBack(request.incoming, model.goneLogStreamDelayMs);
		return emptyReply(401);
	}
	if (device?.uuid !== uuid) {
		return emptyReply(401);
	}
	if (!/^application\/x-ndjson\b/i.test(request.headers['content-type'] ?? '')) {
		return jsonReply(415, 'Streaming requests require Content-Type application/x-ndjson');
	}
	const counters = model.logStreamsOf(uuid);
	counters.opened += 1;
	try {
		for await (const line of linesOf(decoded(request.incoming))) {
			storeLine(model, device, counters, line);
		}
	} catch (error) {
		counters.broken += 1;
		if (error instanceof BadLineError) {
			return textReply(400, error.message, 'text/html');
		}
		// Broken compression; or the device has disconnected, and the answer is not read.
		return emptyReply(400);
	}
	counters.ended += 1;
	return emptyReply(201);
};

/** `GET /device/v2/:uuid/logs`: what a user reads. */
export const getLogs: Handler = (model, request, [uuid = '']) => {
	const device = model.device(uuid);
	if (!isUser(readActor(model, request)) || device === undefined) {
		return emptyReply(401);
	}
	const count = Number(request.query.get('count') ?? model.logLinesKept);
	return jsonReply(200, device.logs.slice(-count));
};

/** Discards what arrives meanwhile. The end of the connection ends the delay. */
async function holdBack(incoming: IncomingMessage, delayMs: number): Promise<void> {
	const gone = new AbortController();
	const end = () => gone.abort();
	incoming.resume();
	incoming.socket.once('close', end);
	await sleep(delayMs, undefined, { signal: gone.signal }).catch(() => undefined); // disconnected: the answer is not read
	incoming.socket.off('close', end);
}

function decoded(incoming: IncomingMessage): Readable {
	if (incoming.headers['content-encoding'] !== 'gzip') {
		return incoming;
	}
	const plain = createGunzip();
	// `pipe` does not forward the end of a connection: without this a dropped connection would never end.
	incoming.on('error', (error) => plain.destroy(error));
	incoming.on('aborted', () => plain.destroy(new Error('the device closed the connection')));
	return incoming.pipe(plain);
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
	const decoder = new TextDecoder();
	let rest = '';
	for await (const chunk of stream) {
		// Neither stream has an encoding set, so its chunks are bytes.
		const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
		rest = lines.pop() ?? '';
		yield* lines;
	}
	yield rest;
}

function storeLine(model: CloudModel, device: Device, counters: LogStreamCounters, line: string): void {
	if (line.trim() === '') {
		return;
	}
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		throw new BadLineError(`Could not parse row ${line.slice(0, SHOWN_OF_BAD_LINE)}...`);
	}
	const parsed = logLine.safeParse(value);
	if (!parsed.success) {
		return; // the real cloud skips what is JSON but no log line
	}
	const { message, timestamp, isSystem = false, isStdErr = false, serviceId } = parsed.data;
	const source = serviceId === undefined ? {} : { serviceId };
	device.logs.push({ createdAt: model.now(), timestamp, isSystem, isStdErr, ...source, message });
	counters.lines += 1;
	device.logs.splice(0, Math.max(0, device.logs.length - model.logLinesKept));
	model.changed();
}
