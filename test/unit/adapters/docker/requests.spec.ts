import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
	DockerContainerLogs,
	DockerEngine,
	DockerImageArchives,
	DockerInventory,
} from '../../../../src/adapters/docker/index.ts';
import { SystemClock } from '../../../../src/adapters/system/index.ts';
import type { ContainerLogs } from '../../../../src/ports/container-logs.ts';
import type { EngineInventory } from '../../../../src/ports/engine-inventory.ts';
import type { Engine } from '../../../../src/ports/engine.ts';
import type { ImageArchives } from '../../../../src/ports/image-patcher.ts';

/** A secret that must not be in a URL. */
const SECRET = 'hunter2';
const FILES = `sha256:${'0'.repeat(64)}`;

/** Every method of a port has a call here: the compiler asks for those that are missing. */
type Calls<T> = Readonly<Record<keyof T, () => unknown>>;

describe('requests to the engine', () => {
	const folder = mkdtempSync(join(tmpdir(), 'engine-'));
	const socket = join(folder, 'docker.sock');
	const options = { host: `unix://${socket}`, clock: new SystemClock(), readTimeoutMs: 1000 };
	const engine = new DockerEngine(options);
	const archives = new DockerImageArchives(options);
	const inventory = new DockerInventory(options);
	const logs = new DockerContainerLogs(options);
	const seen: { readonly line: string; readonly body: string }[] = [];
	const server = createServer((request, response) => void record(request, response));
	const { signal } = new AbortController();

	before(() => new Promise<void>((resolve) => server.listen(socket, resolve)));
	after(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		rmSync(folder, { recursive: true });
	});
	beforeEach(() => seen.splice(0));

	async function record(request: IncomingMessage, response: ServerResponse): Promise<void> {
		let body = '';
		for await (const chunk of request) body += String(chunk);
		const line = `${request.method ?? ''} ${request.url ?? ''}`;
		seen.push({ line, body });
		response.statusCode = statusOf(line);
		response.setHeader('content-type', 'application/json').end(answerTo(line));
	}

	async function readAll(lines: AsyncIterable<unknown>): Promise<void> {
		for await (const line of lines) expect(line).to.not.equal(undefined);
	}

	const secretBody = {
		Name: 'n',
		Env: [`KEY=${SECRET}`],
		Labels: { key: SECRET },
		DriverOpts: { o: `password=${SECRET}` },
	};
	const ofEngine: Calls<Engine> = {
		listContainers: () => engine.listContainers(),
		listNetworks: () => engine.listNetworks(),
		listVolumes: () => engine.listVolumes(),
		listImages: () => engine.listImages(),
		inspectImage: () => engine.inspectImage('a:1'),
		ping: () => engine.ping(),
		createContainer: () => engine.createContainer({ name: 'web', body: secretBody }),
		startContainer: () => engine.startContainer('c'),
		stopContainer: () => engine.stopContainer('c'),
		removeContainer: () => engine.removeContainer('c', { force: true }),
		restartContainer: () => engine.restartContainer('c'),
		renameContainer: () => engine.renameContainer('c', 'web'),
		unpauseContainer: () => engine.unpauseContainer('c'),
		disableRestart: () => engine.disableRestart('c'),
		logTail: () => engine.logTail('c', 5),
		connectNetwork: () => engine.connectNetwork({ network: 'n', containerId: 'c', endpoint: secretBody }),
		createNetwork: () => engine.createNetwork(secretBody),
		removeNetwork: () => engine.removeNetwork('n'),
		createVolume: () => engine.createVolume(secretBody),
		removeVolume: () => engine.removeVolume('v'),
		pullImage: () => {
			const auth = { username: 'u', password: SECRET, serveraddress: 'r' };
			return engine.pullImage({ reference: 'r/a:1', auth, signal, progress: () => undefined });
		},
		tagImage: () => engine.tagImage(FILES, 'r/a', '1'),
		removeImage: () => engine.removeImage('a:1', { force: true }),
		refresh: () => {
			engine.refresh();
		},
		run: async () => {
			const abort = new AbortController();
			engine.onEvent(() => abort.abort());
			await engine.run(abort.signal);
		},
		onEvent: () => {
			engine.onEvent(() => undefined);
		},
	};
	const ofArchives: Calls<ImageArchives> = {
		exportFiles: async () => {
			const { archive, close } = await archives.exportFiles(FILES, signal);
			await readAll(archive);
			await close();
		},
		importFiles: () => archives.importFiles({ archive: toChunks('files'), config: secretBody }, signal),
	};
	const ofInventory: Calls<EngineInventory> = {
		list: () => inventory.list(),
		partsOf: () => inventory.partsOf('c'),
		remove: async () => {
			for (const kind of ['containers', 'images', 'volumes', 'networks'] as const) await inventory.remove(kind, 'x');
		},
	};
	const ofLogs: Calls<ContainerLogs> = {
		follow: () =>
			readAll(logs.follow({ containerId: 'c', hasTerminal: true, onlyStdErr: false, sinceMs: 1000 }, signal)),
		inspect: () => logs.inspect('c'),
	};

	for (const [method, call] of Object.entries({ ...ofEngine, ...ofArchives, ...ofInventory, ...ofLogs })) {
		it(`say each thing once and keep secrets out of the URL: ${method}`, async () => {
			await call();
			expect(seen).to.have.length.above(method === 'refresh' || method === 'onEvent' ? -1 : 0);
			for (const { line, body } of seen) {
				expect(line).to.not.contain(SECRET);
				const query = [...new URL(line.split(' ')[1] ?? '', 'http://engine').searchParams.keys()];
				const inBody = body.startsWith('{') ? Object.keys(JSON.parse(body) as object) : [];
				expect(query.filter((key) => inBody.includes(key))).to.deep.equal([]);
				expect(inBody.filter((key) => key.startsWith('_'))).to.deep.equal([]);
			}
		});
	}

	it('put the name of a container into the URL and all else into the body', async () => {
		await ofEngine.createContainer();
		expect(seen).to.deep.equal([{ line: 'POST /containers/create?name=web', body: JSON.stringify(secretBody) }]);
	});

	it('name in the URL what the engine reads there', async () => {
		for (const call of [ofEngine.renameContainer, ofEngine.tagImage, ofEngine.pullImage]) await call();
		expect(seen).to.deep.equal([
			{ line: 'POST /containers/c/rename?name=web', body: '' },
			{ line: `POST /images/${FILES}/tag?repo=r%2Fa&tag=1`, body: '' },
			{ line: 'POST /images/create?fromImage=r%2Fa%3A1', body: '' },
		]);
	});

	it('carry an environment of a megabyte', async () => {
		const body = { Env: [`LARGE=${'x'.repeat(1024 * 1024)}`] };
		await engine.createContainer({ name: 'web', body });
		expect(seen[0]?.body).to.equal(JSON.stringify(body));
	});
});

function statusOf(line: string): number {
	if (line.startsWith('DELETE')) return line.includes('/images/') ? 200 : 204;
	return /\/(start|stop|restart|rename|unpause)\b/.test(line) ? 204 : /\/(tag|commit)\?/.test(line) ? 201 : 200;
}

function answerTo(line: string): string {
	if (line.includes('/containers/json') || line.includes('/images/json') || /\/networks\??$/.test(line)) return '[]';
	if (line.startsWith('POST /images/create')) return `${JSON.stringify({ status: FILES })}\n`;
	if (line.includes('/json')) {
		return JSON.stringify({ Id: 'c', Image: 'i', Config: {}, Mounts: [], NetworkSettings: { Networks: {} } });
	}
	return JSON.stringify({ Id: 'c', Name: 'n', Volumes: null });
}

async function* toChunks(text: string): AsyncGenerator<Uint8Array> {
	yield await Promise.resolve(Buffer.from(text));
}
