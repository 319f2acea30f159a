import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';

import type { RunningCloud } from '../../../../tools/cloud/start-cloud.ts';

const DIRECTORY = new URL('../../../fixtures/cloud/', import.meta.url);

/** One exchange with a real cloud API; a body that was JSON is kept parsed. Where a note says so, only the facts of it. */
export interface Recording {
	readonly name: string;
	readonly request: {
		readonly method: string;
		readonly path: string;
		readonly headers: Readonly<Record<string, string>>;
		readonly body: unknown;
	};
	readonly response: {
		readonly status: number;
		readonly headers: Readonly<Record<string, string>>;
		readonly body: unknown;
	};
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	/** Parsed if it is JSON, `null` if there is none, as in a recording. */
	readonly body: unknown;
	readonly text: string;
}

export function listRecordings(): readonly string[] {
	return readdirSync(DIRECTORY)
		.filter((file) => file.endsWith('.json'))
		.map((file) => file.slice(0, -'.json'.length));
}

export function readRecording(name: string): Recording {
	return JSON.parse(readFileSync(new URL(`${name}.json`, DIRECTORY), 'utf8')) as Recording;
}

export async function sendRecorded(cloud: RunningCloud, name: string): Promise<Answer> {
	const { method, path, headers, body } = readRecording(name).request;
	return send(cloud.url, { method, path, headers, body: recordedBody(name, headers, body) });
}

function recordedBody(name: string, headers: Readonly<Record<string, string>>, body: unknown): Buffer | undefined {
	if (body === null) {
		return undefined;
	}
	// The one body that was too large to keep.
	const whole = name === 'state-patch-large-body' ? expandLargeBody(body) : body;
	const bytes = Buffer.from(typeof whole === 'string' ? whole : JSON.stringify(whole));
	return headers['content-encoding'] === 'gzip' ? gzipSync(bytes) : bytes;
}

function expandLargeBody(body: unknown): unknown {
	return JSON.parse(JSON.stringify(body).replace('(530000 times x)', 'x'.repeat(530_000)));
}

interface Sent {
	readonly method: string;
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Buffer | string | undefined;
}

export function send(url: string, { method, path, headers = {}, body }: Sent): Promise<Answer> {
	return new Promise((resolve, reject) => {
		// The path goes out as it was recorded: URL parsing would encode quotes.
		const { hostname, port } = new URL(url);
		const request = httpRequest({ hostname, port, method, path, headers, agent: false });
		request.on('error', reject);
		request.on('response', (response) => {
			const chunks: Buffer[] = [];
			response.on('data', (chunk: Buffer) => chunks.push(chunk));
			response.on('error', reject);
			response.on('end', () => {
				try {
					resolve(readAnswer(response, Buffer.concat(chunks)));
				} catch (error) {
					reject(error instanceof Error ? error : new Error(String(error)));
				}
			});
		});
		request.end(body);
	});
}

function readAnswer({ statusCode, headers }: IncomingMessage, bytes: Buffer): Answer {
	const text = decompress(bytes, headers['content-encoding']);
	return { status: statusCode ?? 0, headers, text, body: parseBody(text, headers) };
}

function decompress(bytes: Buffer, encoding: string | undefined): string {
	const plain = encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes;
	return plain.toString('utf8');
}

function parseBody(text: string, headers: IncomingHttpHeaders): unknown {
	if (text === '') {
		return null;
	}
	return headers['content-type']?.startsWith('application/json') === true ? JSON.parse(text) : text;
}
