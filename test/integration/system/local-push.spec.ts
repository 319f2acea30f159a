import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import omit from 'lodash/omit.js';
import { CleanUp } from '../../support/clean-up.ts';
import { openStream } from './api-client.ts';
import { setLocalScene, type LocalScene } from './local-scene.ts';

/** As the command line sent it, and as a stand-in answered. */
interface Recorded {
	readonly method: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: unknown;
	readonly code: number;
	readonly answer: unknown;
}

interface LocalTarget {
	readonly local: {
		readonly name: string;
		readonly config: Readonly<Record<string, string>>;
		readonly apps: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
	};
}

const FIXTURES = join(import.meta.dirname, '../../fixtures/cli');
const LABELS = (name: string) => ['--label', 'io.resin.local.image=1', '--label', `io.resin.local.service=${name}`];

/** What the command line does to a device on the tracker (spec: cloud-observed, "The CLI in local mode"; device-api 9.3). */
describe('a device that a developer pushes to', function () {
	this.timeout(60_000);
	let scene: LocalScene;
	let folder: string;

	before(async () => {
		scene = await setLocalScene();
		folder = mkdtempSync(join(tmpdir(), 'push-'));
		await scene.device.start();
		await build('main', 'one');
		await build('second', 'one');
	});
	after(async () => {
		const cleanUp = new CleanUp();
		cleanUp.add(() => scene.engine.docker('rmi', '--force', 'local_image_main:latest', 'local_image_second:latest'));
		cleanUp.add(() => rmSync(folder, { recursive: true }));
		cleanUp.add(() => scene.dispose());
		await cleanUp.run();
	});

	/** As the command line builds: on the device, with its labels, and the name that it looks for again. */
	async function build(name: string, content: string): Promise<void> {
		writeFileSync(join(folder, 'content'), content);
		const lines = [
			`FROM ${scene.engine.base}`,
			'COPY content /content',
			'CMD ["sh", "-c", "trap \'exit 0\' TERM; while :; do sleep 0.1; done"]',
		];
		writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
		await scene.engine.docker('build', '--quiet', ...LABELS(name), '--tag', `local_image_${name}:latest`, folder);
	}

	const read = (name: string): readonly Recorded[] =>
		(JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')) as { readonly supervisor: readonly Recorded[] })
			.supervisor;

	/** Sends the recorded requests, with earlier answers of this device in place of the recorded device's. */
	async function replay(requests: readonly Recorded[], onlyOnce: readonly string[] = []): Promise<void> {
		let seen: LocalTarget['local'] | undefined;
		for (const { method, url, headers, body, code, answer } of requests) {
			if (onlyOnce.includes(url)) continue;
			const sent =
				typeof body === 'object' && body !== null && seen !== undefined
					? { local: { ...(body as LocalTarget).local, name: seen.name, config: seen.config } }
					: body;
			const rest = omit(headers, ['host', 'content-length']);
			const got = await scene.call(method, url, {
				headers: { ...rest, connection: 'close' },
				...(typeof sent === 'object' && sent !== null ? { body: sent } : {}),
			});
			expect(got.status, `${method} ${url}`).to.equal(code);
			if (answer !== null) {
				expect(shapeOf(got.json, answer), `${method} ${url}`).to.deep.equal(shapeOf(answer, answer));
			}
			if (url === '/v2/local/target-state' && method === 'GET') {
				seen = (got.json as { readonly state: LocalTarget }).state.local;
			}
		}
	}

	const listImages = async () =>
		(await scene.engine.docker('images', '--all', '--quiet', '--no-trunc')).split('\n').sort();
	const ids = async () =>
		Object.fromEntries(Object.entries(await scene.containers()).map(([name, { Id }]) => [name, Id]));

	it('answers a push without live push, request by request', async () => {
		await replay(read('push-nolive-detached'));
		expect((await scene.call('GET', '/v2/state/status')).json).to.have.property('appState', 'applying');
		await scene.settled();
		expect(await ids()).to.have.keys('main', 'second');
		const { main } = await scene.containers();
		expect(Object.keys(main?.NetworkSettings.Networks ?? {})).to.include('1_back');
		expect(main?.Config.Env).to.include('A=1');
	});

	it('answers a push with live push, and does not undo changes of containers by the CLI', async () => {
		const requests = read('push-live');
		const logs = requests.find(({ url }) => url === '/v2/local/logs');
		await replay(requests, ['/v2/local/logs', '/v2/state/status']);
		const stream = await openStream(scene.device.url, 'GET', '/v2/local/logs', { headers: logs?.headers ?? {} });
		expect([stream.statusCode, stream.headers['content-encoding']]).to.deep.equal([logs?.code, undefined]);
		let said = '';
		stream.setEncoding('utf8').on('data', (text: string) => (said += text));
		stream.on('error', () => undefined); // closed by the test
		await scene.settled();

		const before = await ids();
		const main = before['main'] ?? '';
		const images = await listImages();
		await scene.engine.docker('exec', main, 'true');
		await scene.engine.docker('cp', join(folder, 'content'), `${main}:/changed`);
		await scene.engine.docker('kill', main);
		await scene.engine.docker('start', main);
		await scene.settled();
		expect(await ids()).to.deep.equal(before);
		expect((await scene.containers())['main']?.State.Status).to.equal('running');
		expect(await scene.engine.docker('exec', main, 'cat', '/changed')).to.equal('one');
		expect(await listImages()).to.deep.equal(images);

		// Killed and not started: only the CLI may start it, because it copies files first.
		await scene.engine.docker('kill', main);
		await new Promise((resolve) => setTimeout(resolve, 1500));
		expect((await scene.containers())['main']?.State.Status).to.equal('exited');
		await scene.engine.docker('start', main);
		expect(said.split('\n')[0]).to.equal('{"message":"Streaming logs","isSystem":true}');
		stream.destroy();
	});

	it('creates a new container after a rebuild, when the CLI has removed the old one', async () => {
		const before = await ids();
		await build('main', 'two');
		const answer = (await scene.call('GET', '/v2/containerId?serviceName=main')).json;
		expect(answer).to.deep.equal({ status: 'success', containerId: before['main'] });
		await scene.engine.docker('rm', '--force', before['main'] ?? '');
		const { state } = (await scene.call('GET', '/v2/local/target-state')).json as { readonly state: LocalTarget };
		const [posted] = read('push-live').filter(({ method, url }) => method === 'POST' && url.endsWith('target-state'));
		const { apps } = (posted?.body as LocalTarget).local;
		await scene.apply({ local: { name: state.local.name, config: state.local.config, apps } });
		const after = await ids();
		expect(after['main']).to.be.a('string').that.is.not.equal(before['main']);
		expect(after['second']).to.equal(before['second']);
		expect(await scene.engine.docker('exec', after['main'] ?? '', 'cat', '/content')).to.equal('two');
	});

	it('sends no credentials back to those who show some of the cloud', async () => {
		const token = { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl' };
		expect((await scene.call('GET', '/v2/version', { headers: token })).status).to.equal(200);
	});
});

/** Which members there are, and of what type, as far as the model says: values differ from device to device. */
function shapeOf(value: unknown, model: unknown): unknown {
	if (typeof model !== 'object' || model === null || Array.isArray(model)) {
		return model === null ? 'any' : typeof value;
	}
	// Apps have another form than the stand-in's, which echoed its input; the CLI does not read them.
	const names = Object.keys(model).filter((name) => !['apps', 'config'].includes(name));
	const member = (name: string) => (value as Readonly<Record<string, unknown>> | undefined)?.[name];
	return Object.fromEntries(
		names.map((name) => [name, shapeOf(member(name), (model as Record<string, unknown>)[name])]),
	);
}
