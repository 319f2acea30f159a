import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import Sinon from 'sinon';
import type { LocalLogLine } from '../../../src/domain/log-message.ts';
import { idleOperations } from './idle-operations.ts';
import { KEYS, startRecordedApi, type RecordedApi } from './recorded-api.ts';

const key = KEYS.device;

/** Streams that never end by themselves, and clients that go away. */
describe('streams of the device API', () => {
	let api: RecordedApi;
	/** How many are being read. */
	let open: number;
	/** Delays every check of a key. */
	let gate: Promise<void>;
	let openGate: () => void;
	let isKeyRequired: Sinon.SinonSpy;

	async function* forever(signal: AbortSignal): AsyncGenerator<LocalLogLine> {
		open += 1;
		try {
			yield { message: 'Streaming logs', isSystem: true };
			if (!signal.aborted) await once(signal, 'abort');
		} finally {
			open -= 1;
		}
	}

	/** A journal in which nothing happens. */
	async function* silence(signal: AbortSignal): AsyncGenerator<Uint8Array> {
		open += 1;
		if (!signal.aborted) await once(signal, 'abort');
		open -= 1;
		yield* [];
	}

	beforeEach(async () => {
		open = 0;
		gate = new Promise((resolve) => (openGate = resolve));
		isKeyRequired = Sinon.spy(() => gate.then(() => false));
		api = await startRecordedApi({
			authentication: {
				isRequired: isKeyRequired,
				keys: { globalKey: none, serviceKey: none, scopesOf: () => Promise.resolve(undefined) },
			},
			local: { ...idleOperations.local, logs: forever },
			journal: {
				open: () => {
					const abort = new AbortController();
					return Promise.resolve({ output: silence(abort.signal), end: () => abort.abort() });
				},
			},
		});
	});
	afterEach(() => api.close());

	const turns = async (isDone: () => boolean) => {
		for (let turn = 0; turn < 10_000 && !isDone(); turn++) await new Promise(setImmediate);
	};

	for (const [method, path] of [
		['GET', '/v2/local/logs'],
		['POST', '/v2/journal-logs'],
	] as const) {
		it(`${method} ${path}: a client that hangs up in mid-stream is forgotten`, async () => {
			openGate();
			const responses = await Promise.all(Array.from({ length: 20 }, () => api.open(method, path, { key })));
			expect(open).to.equal(20);
			for (const response of responses) {
				response.on('error', () => undefined); // it is we who go away
				response.destroy();
			}
			await turns(() => open === 0);
			expect([open, await api.connections()]).to.deep.equal([0, 0]);
		});

		it(`${method} ${path}: a client that has hung up before its answer began is not answered for ever`, async () => {
			const socket = connect({ port: api.port, host: '127.0.0.1' });
			socket.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
			await turns(() => isKeyRequired.calledOnce);
			socket.destroy();
			while ((await api.connections()) > 0) await new Promise(setImmediate);
			for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
			openGate();
			for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
			expect(open).to.equal(0);
		});
	}

	it('HEAD of a stream ends at once: the connection is free for the next request', async () => {
		openGate();
		const socket = connect({ port: api.port, host: '127.0.0.1' });
		socket.write(
			'HEAD /v2/local/logs HTTP/1.1\r\nhost: localhost\r\n\r\nGET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n',
		);
		let answer = '';
		socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
		await turns(() => answer.endsWith('OK'));
		expect(answer.match(/HTTP\/1.1 200/g)).to.have.length(2);
		expect(open).to.equal(0);
		socket.destroy();
	});
});

function none(): Promise<never> {
	return Promise.reject(new Error('keys are not asked for'));
}
