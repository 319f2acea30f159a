import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RequestEntry } from '../../../tools/cloud/request-log.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';
import { placeImageRequestProxy, type ImageRequestProxy } from './image-request-proxy.ts';
import { containersByService } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';
import { createTokenRegistry, type TokenRegistry } from '../../support/token-registry.ts';

/** As many as there are releases below. */
const IMAGES = 11;
const TOKEN_PATH = '/auth/v1/token';

describe('a device that fetches images from a registry that asks for tokens', function () {
	this.timeout(60_000);
	const cleanUp = new CleanUp();
	let registry: TokenRegistry;
	let observer: ImageRequestProxy;
	let scene: Scene;
	/** Images that no engine has seen, each used once. */
	let images: { readonly image: string; readonly delta: string }[];
	/** Of service `web`, at the moment. */
	let current: string;

	before(async () => {
		const engine = await requireEngine();
		cleanUp.add(() => engine.dispose());
		registry = await createTokenRegistry(engine);
		cleanUp.add(() => registry.stop());
		// Before the device starts, because it would remove the builder's images.
		images = [];
		for (let n = 0; n < IMAGES; n++) images.push(await pushFresh(engine, n));
		observer = await placeImageRequestProxy(engine);
		cleanUp.add(() => observer.stop());
		scene = await setScene({
			tokenSigner: registry.signer,
			environment: { DOCKER_HOST: observer.host },
		});
		cleanUp.add(() => scene.dispose());
		await registry.start(scene.cloud.url);
		await scene.device.start();
	});
	after(() => cleanUp.run());

	const next = () => {
		const { image, delta } = images.pop()!;
		return { image: registry.reference(image), delta: registry.reference(delta) };
	};
	const configure = async (config: Readonly<Record<string, string>>) => {
		await scene.client.updateFleet(scene.fleet.id, { config });
		await scene.device.update();
	};
	/** The engine's ids: of the container's image, and of what has the tag of the reference. */
	const idOf = async (service: string) => (await containersByService(scene.engine))[service]?.Image;
	const taggedId = async (reference: string) =>
		(await scene.engine.docker('inspect', '--format', '{{.Id}}', `${reference.split('@')[0]}:latest`)).trim();
	const login = async () => ({
		username: `d_${await scene.device.uuid()}`,
		password: (JSON.parse(readFileSync(scene.device.configPath, 'utf8')) as { deviceApiKey: string }).deviceApiKey,
	});
	const logins = async () => {
		const { username, password } = await login();
		return `${username}:${password}`;
	};
	const serveraddress = () => new URL(`http://${registry.reference('x/y')}`).host;
	const cloudRequests = async (path: string): Promise<readonly RequestEntry[]> =>
		(await scene.client.listRequests()).filter((entry) => entry.path === path);
	const waitForLine = (line: string) =>
		scene.device.waitFor(`its user reads "${line}"`, async () => (await systemLines()).includes(line));
	const systemLines = async () =>
		(await scene.client.listLogs(await scene.device.uuid()))
			.filter(({ isSystem }) => isSystem)
			.map((line) => line.message);

	const begin = async (image: string) => {
		await scene.client.deleteRequests();
		const { commit } = await scene.release({ web: image });
		await scene.device.update();
		return commit;
	};
	const pullsOf = (image: string) => observer.pulls.filter((pull) => pull.image === image);
	const gaps = (requests: readonly RequestEntry[]) =>
		requests.slice(1).map(({ at }, n) => Date.parse(at) - Date.parse(requests[n]!.at));

	it('cloud-api #54: shows its uuid and key to the registry of the reference, and to no other', async () => {
		const { image } = next();
		await scene.apply({ web: image });
		current = image;
		const auth = { ...(await login()), serveraddress: serveraddress() };
		expect(observer.pulls.map((pull) => ({ image: pull.image, auth: pull.auth }))).to.deep.equal([{ image, auth }]);
		expect(new Set(registry.logins)).to.deep.equal(new Set([await logins()]));
		const [first, ...rest] = registry.requests;
		expect(first).to.deep.equal({ line: 'GET /v2/ 401', subject: 'anonymous' });
		const manifest = rest.find(({ line }) => line.includes('/manifests/'));
		expect(manifest).to.have.property('subject', auth.username);
		expect(manifest?.line).to.match(/ 200$/);

		// No server has it here; the test checks the request.
		await scene.release({ web: image, other: 'nowhere-to-be-found:1' });
		await scene.device.update();
		const asked = () => observer.pulls.find((pull) => pull.image === 'nowhere-to-be-found:1');
		await scene.device.waitFor('the other image is asked for', () => asked() !== undefined);
		expect(asked()?.auth).to.equal(undefined);
		await scene.apply({ web: image });
	});

	it('logs that the key is wrong, and continues when it is right again', async () => {
		const { image } = next();
		await scene.client.createFault({ match: { path: TOKEN_PATH }, status: 401 });
		const { commit } = await scene.release({ web: image });
		await scene.device.update();
		await scene.device.waitForLog(new RegExp(`Failed to download image '${image}' due to '.*unauthorized`));
		await scene.client.deleteFaults();
		await scene.device.waitForOnTarget(commit);
		current = image;
	});

	describe('with deltas of version 3', () => {
		before(() =>
			configure({
				BALENA_SUPERVISOR_DELTA: 'true',
				BALENA_SUPERVISOR_DELTA_VERSION: '3',
				BALENA_SUPERVISOR_POLL_INTERVAL: '60000', // no pause is longer than this
			}),
		);
		afterEach(() => scene.client.deleteFaults());

		it('cloud-api #55: asks for a token for both images, for the delta, and fetches it with the token', async () => {
			const { image: target, delta } = next();
			await scene.client.createDelta({ src: current, dest: target, name: delta });
			const commit = await begin(target);
			await scene.device.waitForOnTarget(commit);

			const [token, ...tokens] = await cloudRequests(TOKEN_PATH);
			expect(tokens).to.deep.equal([]); // the engine needs none of its own
			const repository = (image: string) => image.slice(image.indexOf('/') + 1).split('@')[0] ?? '';
			expect(token?.query).to.deep.equal({
				service: serveraddress(),
				scope: [target, current].map((image) => `repository:${repository(image)}:pull`),
			});
			expect(token?.headers).to.include({ authorization: 'Basic' });
			const [request, ...requests] = await cloudRequests('/api/v3/delta');
			expect(requests).to.deep.equal([]);
			expect(request?.query).to.deep.equal({ src: current, dest: target });
			expect(request?.headers).to.include({ authorization: 'Bearer' });
			expect(pullsOf(target)).to.deep.equal([]);
			const [pull, ...others] = pullsOf(delta);
			expect(others).to.deep.equal([]);
			expect(Object.keys(pull?.auth as object)).to.deep.equal(['registrytoken']);
			expect(await idOf('web')).to.equal(await taggedId(target));
			expect(await idOf('web')).to.not.equal(undefined);
			const tags = await scene.engine.docker('images', '--digests', '--format', '{{.Repository}}:{{.Tag}}@{{.Digest}}');
			expect(tags)
				.to.contain(`${target.split('@')[0]}:latest@<none>`)
				.and.not.contain('delta');
			await waitForLine(`Downloaded image '${target}'`);
			expect(await systemLines()).to.include(`Downloading delta for image '${target}'`);
			current = target;
		});

		for (const status of [404, 429]) {
			it(`cloud-api #55: fetches the whole image at once when the delta server answers ${status}`, async () => {
				const { image: target } = next();
				await scene.client.createFault({ match: { path: '/api/v3/' }, status });
				await scene.device.waitForOnTarget(await begin(target));
				expect(await cloudRequests('/api/v3/delta')).to.have.length(1);
				expect(pullsOf(target)).to.have.length(1);
				await waitForLine(`No delta for image '${target}' due to 'the delta server has none (${status})'`);
				current = target;
			});
		}

		it('cloud-api #55: asks again, ever more slowly, when the delta server fails or refuses the token', async () => {
			const { image: target, delta } = next();
			await scene.client.createDelta({ src: current, dest: target, name: delta });
			await scene.client.createFault({ match: { path: '/api/v3/' }, times: 1, status: 401 });
			await scene.client.createFault({ match: { path: '/api/v3/' }, times: 1, status: 500 });
			await scene.device.waitForOnTarget(await begin(target));
			const requests = await cloudRequests('/api/v3/delta');
			expect(requests.map(({ status }) => status)).to.deep.equal([401, 500, 200]);
			const [first = 0, second = 0] = gaps(requests);
			expect([first >= 800, second > first], String(gaps(requests))).to.deep.equal([true, true]);
			expect(await cloudRequests(TOKEN_PATH)).to.have.length(1); // kept for ten minutes
			expect(pullsOf(target)).to.deep.equal([]);
			expect(pullsOf(delta)).to.have.length(1);
			await waitForLine(`Downloaded image '${target}'`);
			const logged = await systemLines();
			expect(logged).to.include(`Failed to download image '${target}' due to 'delta server: status 401'`);
			expect(logged).to.include(`Failed to download image '${target}' due to 'delta server: status 500'`);
			current = target;
		});

		it('cloud-api #55: waits for a delta that is still being made, and does not log a failure', async () => {
			const { image: target, delta } = next();
			await scene.client.createDelta({ src: current, dest: target, name: delta, processing: 3 });
			await scene.device.waitForOnTarget(await begin(target));
			const requests = await cloudRequests('/api/v3/delta');
			expect(requests.map(({ status }) => status)).to.deep.equal([504, 504, 504, 200]);
			for (const gap of gaps(requests)) expect(gap).to.be.at.least(1000);
			expect(await cloudRequests(TOKEN_PATH)).to.have.length(1);
			await waitForLine(`Downloaded image '${target}'`);
			const logged = await systemLines();
			expect(logged.filter((line) => line === 'Delta still processing remotely. Will retry...')).to.have.length(1);
			expect(logged.filter((line) => line.startsWith(`Failed to download image '${target}'`))).to.deep.equal([]);
			expect(scene.device.log()).to.not.match(new RegExp(`step failed.*${target}`));
			current = target;
		});
	});

	describe('with deltas of version 2', () => {
		before(() =>
			configure({
				BALENA_SUPERVISOR_DELTA: 'true',
				BALENA_SUPERVISOR_DELTA_VERSION: '2',
				BALENA_SUPERVISOR_DELTA_RETRY_INTERVAL: '500', // not ten seconds, once in this test
			}),
		);
		afterEach(() => scene.client.deleteFaults());

		it('cloud-api #56: takes an answer without a place for a failure, and fetches the whole image after three (decision D29)', async () => {
			const { image: target } = next();
			await scene.client.createFault({ match: { path: '/api/v2/' }, status: 200, body: { name: target } });
			await scene.device.waitForOnTarget(await begin(target));
			await waitForLine(`Failed to download image '${target}' due to 'delta server: status 200'`);
			await waitForLine(`No delta for image '${target}' due to 'delta server: status 200'`);
			expect(await cloudRequests('/api/v2/delta')).to.have.length(3);
			expect(pullsOf(target)).to.have.length(1);
			current = target;
		});

		it('cloud-api #56: fetches a change without credentials, and makes the image of it', async () => {
			const { image: target } = next();
			const { content, payload } = await makePatch(scene.engine, registry, { from: current, to: target });
			await scene.client.createDelta({ src: current, dest: target, payload: payload.toString('base64') });
			await scene.client.createFault({ match: { path: '/delta-payloads/' }, times: 1, truncate: 100 });
			await scene.device.waitForOnTarget(await begin(target));
			const [whole, rest, ...more] = (await scene.client.listRequests()).filter(({ path }) =>
				path.startsWith('/delta-payloads/'),
			);
			expect(more).to.deep.equal([]);
			expect(whole?.headers).to.not.have.any.keys('authorization', 'range');
			expect(rest?.headers).to.include({ range: 'bytes=100-' }).and.not.have.property('authorization');
			expect(pullsOf(target)).to.deep.equal([]);
			const container = (await containersByService(scene.engine))['web']!;
			expect(container.Image).to.equal(await taggedId(target));
			expect(container.State.Status).to.equal('running');
			const signal = await scene.engine.docker('inspect', '--format', '{{.Config.StopSignal}}', container.Id);
			expect(signal.trim()).to.equal('SIGKILL'); // its configuration came along
			expect(await scene.engine.docker('exec', container.Id, 'cat', '/content')).to.equal(content);
			const left = await scene.engine.docker('ps', '--all', '--format', '{{.Names}}');
			expect(left).to.not.contain('delta-');
			expect(readdirSync(join(scene.device.folder, 'data/deltas'))).to.deep.equal([]);
			current = target;
		});
	});

	describe('without a delta server', () => {
		it('D29: fetches whole images where there is no delta server, after three questions, and asks no more within an hour', async () => {
			await configure({ BALENA_SUPERVISOR_DELTA: 'true', BALENA_SUPERVISOR_DELTA_VERSION: '3' });
			await scene.client.createFault({ match: { path: '/api/v3/' }, drop: 'before' });
			for (const questions of [3, 0]) {
				const { image: target } = next();
				await scene.device.waitForOnTarget(await begin(target));
				expect(await cloudRequests('/api/v3/delta')).to.have.length(questions);
				expect(pullsOf(target)).to.have.length(1);
				current = target;
			}
			await scene.client.deleteFaults();
		});
	});

	describe('and has done all this', () => {
		it('never logs its key or a token', async () => {
			const { password } = await login();
			const basic = Buffer.from(await logins()).toString('base64');
			const logged = `${scene.device.log()}\n${JSON.stringify(await scene.client.listLogs(await scene.device.uuid()))}`;
			expect(registry.tokens.size).to.be.at.least(5);
			for (const secret of [password, basic, ...registry.tokens]) expect(logged).to.not.contain(secret);
		});
	});
});

/** What a delta server would make of two images that it knows. */
async function makePatch(
	engine: RealEngine,
	registry: TokenRegistry,
	{ from, to }: { readonly from: string; readonly to: string },
): Promise<{ readonly content: string; readonly payload: Buffer }> {
	const folder = mkdtempSync(join(tmpdir(), 'patch-'));
	const unpack = async (image: string, name: string) => {
		const open = registry.original(image);
		await engine.docker('create', '--name', `patch-${name}`, open);
		await engine.docker('export', '--output', join(folder, `${name}.tar`), `patch-${name}`);
		await engine.docker('rm', `patch-${name}`);
		mkdirSync(join(folder, name));
		execFileSync('tar', ['-xf', join(folder, `${name}.tar`), '-C', join(folder, name)]);
	};
	await unpack(from, 'from');
	await unpack(to, 'to');
	// What the engine adds to a container, it adds at another time on the device: none of it may count as the same here.
	execFileSync('find', ['to', '-newermt', '2020-01-01', '-exec', 'touch', '--date', '2001-01-01', '{}', '+'], {
		cwd: folder,
	});
	const open = registry.original(to);
	const [inspected] = JSON.parse(await engine.docker('inspect', open)) as { Config: object }[];
	await engine.docker('rmi', '--force', open);
	execFileSync('rsync', ['-a', '--delete', `--only-write-batch=${join(folder, 'batch')}`, 'to/', 'from/'], {
		cwd: folder,
	});
	const header = JSON.stringify({ version: 2, dockerConfig: inspected!.Config });
	const payload = Buffer.concat([Buffer.from(`${header}\0`), readFileSync(join(folder, 'batch'))]);
	const content = readFileSync(join(folder, 'to/content'), 'utf8');
	rmSync(folder, { recursive: true });
	return { content, payload };
}

/** And a delta to it: any image of its repository will do, as a plain engine does not look for what a delta is. */
async function pushFresh(engine: RealEngine, n: number): Promise<{ readonly image: string; readonly delta: string }> {
	const name = `fresh${n}`;
	const push = () => engine.pushImage(name, { content: randomUUID() });
	const made = await push();
	const delta = `${engine.registry}/v2/${name}:delta-1`;
	await engine.docker('pull', made);
	await engine.docker('tag', made, delta);
	await engine.docker('push', delta);
	await engine.docker('rmi', '--force', delta, made);
	return { image: await push(), delta };
}
