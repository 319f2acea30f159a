import { expect } from 'chai';
import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerEngine } from '../../../../src/adapters/docker/index.ts';
import { SystemClock } from '../../../../src/adapters/system/index.ts';
import { EngineError } from '../../../../src/ports/engine.ts';

/** What an engine that is going down, or is none, does to a client. */
describe('engine adapter, faults', () => {
	const folder = mkdtempSync(join(tmpdir(), 'engine-'));
	const socket = join(folder, 'docker.sock');
	let server: Server | undefined;

	afterEach(async () => {
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
		const engine = await engineThat((request, response) => {
			response.setHeader('content-type', 'application/json');
			if (request.url?.includes('/containers/json') === true) {
				const listed = (Id: string, Labels: object | null) => ({ Id, Names: [`/${Id}`], ImageID: 'i', Labels });
				response.end(JSON.stringify([listed('bad', labels), listed('good', labels), listed('foreign', null)]));
			} else if (request.url?.includes('/bad/') === true) {
				response.statusCode = 500;
				response.end('{"message":"layer is gone"}');
			} else {
				response.end('{"Id":"good"}');
			}
		});
		const [bad, good, ...rest] = await engine.listContainers();
		expect(bad).to.include({ Id: 'bad', Unreadable: 'cannot inspect container bad: layer is gone' });
		expect(bad?.Config.Labels).to.deep.equal(labels);
		expect(good).to.deep.equal({ Id: 'good' });
		expect(rest).to.deep.equal([]);
	});

	it('says that nobody is there', async () => {
		const engine = new DockerEngine({ host: 'unix:///nowhere.sock', clock: new SystemClock(), readTimeoutMs: 150 });
		expect(await codeOf(engine.listVolumes())).to.equal('engine-unreachable');
	});

	it('reads everything again when told to', async () => {
		let asked = 0;
		const engine = await engineThat((_request, response) => {
			asked += 1;
			response.setHeader('content-type', 'application/json').end('[]');
		});
		await engine.listNetworks();
		await engine.listNetworks();
		expect(asked).to.equal(1);
		engine.refresh();
		await engine.listNetworks();
		expect(asked).to.equal(2);
	});
});
