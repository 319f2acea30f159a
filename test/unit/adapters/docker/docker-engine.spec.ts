import { expect } from 'chai';
import Sinon from 'sinon';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerEngine } from '../../../../src/adapters/docker/index.ts';
import { SystemClock } from '../../../../src/adapters/system/index.ts';
import { EngineError } from '../../../../src/ports/engine.ts';
import { readRecordedEngine } from '../../../support/recorded-engine.ts';

/** What an engine that is going down, or is none, does to a client. */
describe('engine adapter, faults', () => {
	const folder = mkdtempSync(join(tmpdir(), 'engine-'));
	const socket = join(folder, 'docker.sock');
	let server: Server | undefined;
	let following = new AbortController();

	afterEach(async () => {
		following.abort();
		following = new AbortController();
		const closing = server;
		server = undefined;
		closing?.closeAllConnections();
		await new Promise((resolve) => (closing === undefined ? resolve(undefined) : closing.close(resolve)));
	});
	after(() => {
		rmSync(folder, { recursive: true });
	});

	async function engineThat(answers: RequestListener): Promise<DockerEngine> {
		server = createServer(answers);
		await new Promise<void>((resolve) => server?.listen(socket, resolve));
		return new DockerEngine({ host: `unix://${socket}`, clock: new SystemClock(), readTimeoutMs: 150 });
	}

	async function codeOf(call: Promise<unknown>): Promise<string> {
		try {
			await call;
		} catch (error) {
			return error instanceof EngineError ? error.code : `not an engine error: ${String(error)}`;
		}
		return 'no error';
	}

	it('gives up on an answer that breaks off in the middle', async () => {
		const engine = await engineThat((_request, response) => {
			response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
			response.write('[{"Id":');
			setTimeout(() => response.destroy(), 5);
		});
		expect(await codeOf(engine.listNetworks())).to.equal('engine-unreachable');
	});

	it('gives up on an engine that does not answer, for images too', async () => {
		const engine = await engineThat(() => undefined);
		expect(await codeOf(engine.listContainers())).to.equal('engine-unreachable');
		expect(await codeOf(engine.inspectImage('a:1'))).to.equal('engine-unreachable');
	});

	it('stops waiting for an engine that does not answer when asked to, and does not ask it again for that', async () => {
		const answer = Sinon.stub();
		const bothAsked = new Promise((resolve) => answer.onSecondCall().callsFake(resolve));
		const engine = await engineThat(answer);
		const reason = new Error('the process stops');
		const abort = new AbortController();
		const reads = [engine.listImages(abort.signal), engine.inspectImage('a:1', abort.signal)];
		const outcomes = Promise.all(reads.map((read) => read.catch((error: unknown) => error)));
		await bothAsked;
		abort.abort(reason);
		expect(await outcomes).to.deep.equal([reason, reason]);
		const later = engine.listImages(abort.signal).catch((error: unknown) => error);
		expect(await later).to.equal(reason);
		Sinon.assert.calledTwice(answer);
	});

	it('takes an answer of another kind for a failure of the engine', async () => {
		const engine = await engineThat((_request, response) => {
			response.setHeader('content-type', 'text/html').end('<html>');
		});
		expect(await codeOf(engine.listNetworks())).to.equal('engine-failed');
	});

	it('does not remember a failure', async () => {
		let isUp = false;
		const engine = await engineThat((_request, response) => {
			response.statusCode = isUp ? 200 : 500;
			response.setHeader('content-type', 'application/json').end(isUp ? '[]' : '{"message":"starting"}');
		});
		expect(await codeOf(engine.listNetworks())).to.equal('engine-failed');
		isUp = true;
		expect(await engine.listNetworks()).to.deep.equal([]);
	});

	it('hands on a container that cannot be inspected, beside the others', async () => {
		const labels = { 'io.balena.supervised': 'true', 'io.balena.app-id': '7' };
		const [recordedId = ''] = Object.keys(readRecordedEngine().inspections);
		const engine = await engineThat((request, response) => {
			response.setHeader('content-type', 'application/json');
			if (request.url?.includes('/containers/json') === true) {
				const listed = (Id: string, Labels: object | null) => ({ Id, Names: [`/${Id}`], ImageID: 'i', Labels });
				response.end(JSON.stringify([listed('bad', labels), listed('good', labels), listed('foreign', {})]));
			} else if (request.url?.includes('/bad/') === true) {
				response.statusCode = 500;
				response.end('{"message":"layer is gone"}');
			} else {
				response.end(JSON.stringify(readRecordedEngine().inspections[recordedId]));
			}
		});
		const [bad, good, ...rest] = await engine.listContainers();
		expect(bad).to.include({ Id: 'bad', Unreadable: 'cannot inspect container bad: layer is gone' });
		expect(bad?.Config.Labels).to.deep.equal(labels);
		expect(good?.Id).to.equal(recordedId);
		expect(good?.Unreadable).to.equal(undefined);
		expect(rest).to.deep.equal([]);
	});

	it('reports an unreachable engine', async () => {
		const engine = new DockerEngine({ host: 'unix:///nowhere.sock', clock: new SystemClock(), readTimeoutMs: 150 });
		expect(await codeOf(engine.listVolumes())).to.equal('engine-unreachable');
	});

	it('keeps what it has read while it follows events, until a refresh', async () => {
		const answer = Sinon.spy((response: ServerResponse) => response.end('[]'));
		let stream: ServerResponse | undefined;
		const engine = await engineThat((request, response) => {
			response.setHeader('content-type', 'application/json');
			if (request.url?.includes('/events') === true) {
				stream = response;
				response.flushHeaders();
				return;
			}
			answer(response);
		});
		await engine.listNetworks();
		await engine.listNetworks();
		expect(answer.callCount, 'before there are events').to.equal(2);
		const connected = new Promise((resolve) => engine.onEvent(resolve));
		const running = engine.run(following.signal);
		await connected;
		await engine.listNetworks();
		await engine.listNetworks();
		expect(answer.callCount, 'with events').to.equal(3);
		engine.refresh();
		await engine.listNetworks();
		expect(answer.callCount, 'after a refresh').to.equal(4);
		stream?.end();
		await new Promise((resolve) => setTimeout(resolve, 50));
		await engine.listNetworks();
		await engine.listNetworks();
		expect(answer.callCount, 'without events').to.equal(6);
		following.abort();
		await running;
	});

	it('takes a start for one that meets remains, and takes what was left on a network away', async () => {
		const disconnected: string[] = [];
		let message = '';
		const engine = await engineThat((request, response) => {
			if (request.url?.includes('/disconnect') === true) {
				request.on('data', (chunk: Buffer) => disconnected.push(`${request.url ?? ''} ${chunk.toString()}`));
				response.end();
				return;
			}
			response.statusCode = 500;
			response.setHeader('content-type', 'application/json').end(JSON.stringify({ message }));
		});
		const cases: readonly (readonly [string, string])[] = [
			['task 0a1b: already exists: unknown', 'engine-remains'],
			['failed to start shim: mkdir /run/x/moby/0a1b: file exists: unknown', 'engine-remains'],
			['container is marked for removal and cannot be started', 'engine-remains'],
			['OCI runtime create failed: container with id exists: 0a1b', 'engine-remains'],
			['endpoint with name web_1_2_c already exists in network u_default', 'engine-remains'],
			['driver failed: Bind for 0.0.0.0:80 failed: port is already allocated', 'engine-failed'],
			['error gathering device information: no such file or directory', 'engine-failed'],
		];
		for (const [text, code] of cases) {
			message = text;
			expect(await codeOf(engine.startContainer('0a1b')), text).to.equal(code);
		}
		expect(disconnected).to.deep.equal(['/networks/u_default/disconnect {"Container":"web_1_2_c","Force":true}']);
	});

	it('asks over a new connection whether the engine is there', async () => {
		const engine = await engineThat((_request, response) => {
			response.setHeader('content-type', 'application/json').end('[]');
		});
		await engine.listNetworks(); // leaves a connection that is still served
		await engine.ping();
		server?.close(); // takes no new ones
		expect(await codeOf(engine.ping())).to.equal('engine-unreachable');
	});
});
