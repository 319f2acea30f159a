import { expect } from 'chai';
import Sinon from 'sinon';
import { compareTimes } from '../../src/domain/service.ts';
import { EngineError, type ContainerInspection, type EngineEvent } from '../../src/ports/engine.ts';
import { codeOf, failure, type EngineUnderTest } from './engine-under-test.ts';

/** What the supervisor requires of an engine. The same file runs on the fake and on the real one. */
export function engineContract(name: string, make: () => Promise<EngineUnderTest>): void {
	describe(`engine contract: ${name}`, () => {
		let test: EngineUnderTest;
		let serial = 0;
		const created: string[] = [];

		before(async () => {
			test = await make();
			await test.run(pull());
		});
		after(async () => {
			await test.dispose();
		});

		// Containers of a failed test would disturb the next test, and later files on a real engine.
		afterEach(async () => {
			for (const id of created.splice(0)) await remove(id);
		});

		const pull = () =>
			test.engine.pullImage({
				reference: test.reference,
				signal: new AbortController().signal,
				progress: () => undefined,
			});
		const unique = (what: string) => `contract-${what}-${++serial}`;
		const body = (fields: Readonly<Record<string, unknown>> = {}, host: Readonly<Record<string, unknown>> = {}) => ({
			Image: test.reference,
			Labels: { 'io.balena.supervised': 'true' },
			HostConfig: { NetworkMode: 'none', ...host },
			...fields,
		});
		const create = async (containerName = unique('container'), fields = {}, host = {}) => {
			const id = await test.run(test.engine.createContainer({ name: containerName, body: body(fields, host) }));
			created.push(id);
			return id;
		};
		const inspect = async (id: string): Promise<ContainerInspection | undefined> =>
			(await test.run(test.engine.listContainers())).find((container) => container.Id === id);
		const remove = async (id: string) => {
			await test.run(test.engine.stopContainer(id));
			await test.run(test.engine.removeContainer(id));
		};

		it('pulls an image, reports progress, and shows it by its digest', async () => {
			const progress = Sinon.stub<[number]>();
			const signal = new AbortController().signal;
			await test.run(test.engine.pullImage({ reference: test.reference, signal, progress }));
			const percents = progress.args.flat();
			expect(percents).to.deep.equal([...percents].sort((a, b) => a - b));
			expect(percents.at(-1)).to.equal(100);
			const image = await test.run(test.engine.inspectImage(test.reference));
			expect(image?.Id).to.match(/^sha256:[0-9a-f]{64}$/);
			const listed = (await test.run(test.engine.listImages())).find(({ Id }) => Id === image?.Id);
			expect(listed?.RepoDigests).to.include(test.reference);
		});

		it('refuses an image that no registry has', async () => {
			const reference = test.reference.replace(/sha256:.*/, `sha256:${'0'.repeat(64)}`);
			const signal = new AbortController().signal;
			const error = await failure(test.run(test.engine.pullImage({ reference, signal, progress: () => undefined })));
			expect(error).to.be.instanceOf(EngineError);
		});

		it('fetches an image with a token, and is refused without it or with another one', async () => {
			const { reference, token } = test.guarded;
			const signal = new AbortController().signal;
			const fetch = (registrytoken?: string) => {
				const auth = registrytoken === undefined ? {} : { auth: { registrytoken } };
				return test.run(test.engine.pullImage({ reference, signal, progress: () => undefined, ...auth }));
			};
			for (const wrong of [undefined, `${token.slice(0, -8)}AAAAAAAA`]) {
				const error = await failure(fetch(wrong));
				expect(error).to.be.instanceOf(EngineError);
				// The call itself is refused: nothing was started.
				expect(error instanceof EngineError && error.status).to.be.a('number');
				expect(String(error)).to.not.contain(wrong ?? token);
			}
			await fetch(token);
			const image = await test.run(test.engine.inspectImage(reference));
			expect(image?.Id).to.equal((await test.run(test.engine.inspectImage(test.reference)))?.Id);
			await test.run(test.engine.removeImage(reference));
		});

		it('stops a pull on abort, with the reason given', async () => {
			const controller = new AbortController();
			const reason = new Error('not wanted any more');
			controller.abort(reason);
			const error = await failure(
				test.run(
					test.engine.pullImage({ reference: test.reference, signal: controller.signal, progress: () => undefined }),
				),
			);
			expect(error).to.equal(reason);
		});

		it('stops a running pull, and does not count it as done', async () => {
			await test.run(test.engine.removeImage(test.reference));
			const controller = new AbortController();
			const reason = new Error('not wanted any more');
			const pulling = test.engine.pullImage({
				reference: test.reference,
				signal: controller.signal,
				progress: () => {
					controller.abort(reason);
				},
			});
			expect(await failure(test.run(pulling))).to.equal(reason);
			await test.run(pull());
		});

		const reads: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
			listContainers: (signal) => test.engine.listContainers(signal),
			listNetworks: (signal) => test.engine.listNetworks(signal),
			listVolumes: (signal) => test.engine.listVolumes(signal),
			listImages: (signal) => test.engine.listImages(signal),
			inspectImage: (signal) => test.engine.inspectImage(test.reference, signal),
		};
		for (const [method, read] of Object.entries(reads)) {
			it(`stops ${method} on abort, before and while it reads, with the reason given`, async () => {
				const reason = new Error('not wanted any more');
				expect(await failure(test.run(read(AbortSignal.abort(reason))))).to.equal(reason);
				test.engine.refresh();
				const controller = new AbortController();
				const reading = read(controller.signal);
				controller.abort(reason);
				expect(await failure(test.run(reading))).to.equal(reason);
				await test.run(read(new AbortController().signal)); // others are still answered
			});
		}

		it('finds no image that it does not have', async () => {
			expect(await test.run(test.engine.inspectImage(`sha256:${'1'.repeat(64)}`))).to.equal(undefined);
		});

		it('creates, starts, stops and removes a container, and shows each state', async () => {
			const id = await create('contract-life');
			expect((await inspect(id))?.State.Status).to.equal('created');
			expect((await inspect(id))?.Name).to.equal('/contract-life');
			expect(await test.run(test.engine.startContainer(id))).to.equal('done');
			expect((await inspect(id))?.State.Status).to.equal('running');
			expect(await test.run(test.engine.startContainer(id))).to.equal('already');
			expect(await test.run(test.engine.stopContainer(id))).to.equal('done');
			expect((await inspect(id))?.State.Status).to.equal('exited');
			expect(await test.run(test.engine.stopContainer(id))).to.equal('already');
			await test.run(test.engine.removeContainer('contract-life')); // by its name as well
			expect(await inspect(id)).to.equal(undefined);
			expect(await test.run(test.engine.stopContainer(id))).to.equal('gone');
			await test.run(test.engine.removeContainer(id));
		});

		it('shows only containers with the supervised label, of either prefix', async () => {
			const old = await create(undefined, { Labels: { 'io.resin.supervised': 'true' } });
			const foreign = await create(undefined, { Labels: {} });
			const ids = (await test.run(test.engine.listContainers())).map(({ Id }) => Id);
			expect(ids).to.include(old);
			expect(ids).not.to.include(foreign);
			await remove(old);
			await remove(foreign);
		});

		it('refuses a name that is taken', async () => {
			const id = await create('contract-name');
			expect(await codeOf(create('contract-name'))).to.equal('engine-conflict');
			await test.run(test.engine.renameContainer(id, 'contract-name-2'));
			expect((await inspect(id))?.Name).to.equal('/contract-name-2');
			const second = await create('contract-name');
			expect(await codeOf(test.run(test.engine.renameContainer(second, 'contract-name-2')))).to.equal(
				'engine-conflict',
			);
			await remove(id);
			await remove(second);
		});

		it('unpauses a container, and removes its restart policy', async () => {
			const id = await create('contract-pause', {}, { RestartPolicy: { Name: 'always' } });
			await test.run(test.engine.startContainer(id));
			await test.run(test.engine.unpauseContainer(id));
			expect((await inspect(id))?.State.Status).to.equal('running');
			await test.pause(id);
			expect((await inspect(id))?.State.Status).to.equal('paused');
			expect(await codeOf(test.run(test.engine.startContainer(id)))).to.equal('engine-conflict');
			await test.run(test.engine.unpauseContainer(id));
			expect((await inspect(id))?.State.Status).to.equal('running');
			await test.run(test.engine.disableRestart(id));
			expect((await inspect(id))?.HostConfig).to.deep.include({ RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } });
			await test.pause(id);
			expect(await test.run(test.engine.stopContainer(id))).to.equal('done');
			await test.run(test.engine.removeContainer(id));
		});

		it('does not create a container of an image that is not there', async () => {
			expect(await codeOf(create(undefined, { Image: `sha256:${'2'.repeat(64)}` }))).to.equal('engine-not-found');
		});

		it('does not start a container on a network that is not there', async () => {
			const endpoints = { EndpointsConfig: { 'contract-nowhere': {} } };
			const id = await create(undefined, { NetworkingConfig: endpoints }, { NetworkMode: 'contract-nowhere' });
			expect(await codeOf(test.run(test.engine.startContainer(id)))).to.equal('engine-not-found');
			await remove(id);
		});

		it('answers a new connection', async () => {
			await test.run(test.engine.ping());
		});

		it('restarts a container, which then has another process', async () => {
			const id = await create();
			await test.run(test.engine.startContainer(id));
			const before = (await inspect(id))?.State.StartedAt ?? '';
			await test.run(test.engine.restartContainer(id));
			const after = (await inspect(id))?.State;
			expect(after?.Status).to.equal('running');
			expect(compareTimes(after?.StartedAt ?? '', before)).to.be.above(0);
			await remove(id);
		});

		it('starts nothing in the network of a container that does not run', async () => {
			const owner = await create();
			const inside = await create(undefined, {}, { NetworkMode: `container:${owner}` });
			expect(await failure(test.run(test.engine.startContainer(inside)))).to.be.instanceOf(EngineError);
			await test.run(test.engine.startContainer(owner));
			expect(await test.run(test.engine.startContainer(inside))).to.equal('done');
			await remove(inside);
			await remove(owner);
		});

		it('keeps an anonymous volume when its container is removed, and mounts it by name into another one', async () => {
			const first = await create(undefined, { Volumes: { '/data': {} } });
			const volumeOf = async (id: string) =>
				(await inspect(id))?.Mounts?.find(({ Destination }) => Destination === '/data')?.Name ?? '';
			const volume = await volumeOf(first);
			expect(volume).to.match(/^[0-9a-f]{64}$/);
			const second = await create(undefined, { Volumes: { '/data': {} } }, { Binds: [`${volume}:/data`] });
			await test.run(test.engine.removeContainer(first));
			expect(await volumeOf(second)).to.equal(volume);
			expect(await codeOf(test.run(test.engine.removeVolume(volume)))).to.equal('engine-conflict');
			await test.run(test.engine.removeContainer(second));
			expect((await test.run(test.engine.listVolumes())).map(({ Name }) => Name)).to.include(volume);
			await test.run(test.engine.removeVolume(volume));
		});

		it('removes a container that runs if that is forced', async () => {
			const id = await create();
			await test.run(test.engine.startContainer(id));
			await test.run(test.engine.removeContainer(id, { force: true }));
			expect(await inspect(id)).to.equal(undefined);
		});

		it('does not remove a container that runs', async () => {
			const id = await create();
			await test.run(test.engine.startContainer(id));
			expect(await codeOf(test.run(test.engine.removeContainer(id)))).to.equal('engine-conflict');
			await remove(id);
		});

		it('creates a network that reads back as it was asked for, and connects to it', async () => {
			const networkName = unique('network');
			const networkId = await test.run(
				test.engine.createNetwork({ Name: networkName, Driver: 'bridge', Labels: { a: 'b' }, CheckDuplicate: true }),
			);
			const network = (await test.run(test.engine.listNetworks())).find(({ Id }) => Id === networkId);
			expect(network).to.include({ Name: networkName, Driver: 'bridge', Internal: false });
			expect(network?.Labels).to.deep.equal({ a: 'b' });
			expect(network?.IPAM.Config).to.have.length(1);
			const endpoints = { EndpointsConfig: { [networkName]: { Aliases: ['one'], IPAMConfig: {} } } };
			const id = await create(undefined, { NetworkingConfig: endpoints }, { NetworkMode: networkName });
			await test.run(test.engine.startContainer(id));
			expect(Object.keys((await inspect(id))?.NetworkSettings.Networks ?? {})).to.deep.equal([networkName]);
			expect(await failure(test.run(test.engine.removeNetwork(networkId)))).to.be.instanceOf(EngineError);
			const second = await test.run(test.engine.createNetwork({ Name: unique('network'), CheckDuplicate: true }));
			const secondName = (await test.run(test.engine.listNetworks())).find(({ Id }) => Id === second)?.Name ?? '';
			await test.run(
				test.engine.connectNetwork({ network: secondName, containerId: id, endpoint: { Aliases: ['two'] } }),
			);
			expect(Object.keys((await inspect(id))?.NetworkSettings.Networks ?? {})).to.have.members([
				networkName,
				secondName,
			]);
			await remove(id);
			await test.run(test.engine.removeNetwork(networkId));
			await test.run(test.engine.removeNetwork(second));
			await test.run(test.engine.removeNetwork(second));
			expect((await test.run(test.engine.listNetworks())).map(({ Id }) => Id)).not.to.include(networkId);
		});

		it('creates a volume, keeps it while a container uses it, and makes missing ones by itself', async () => {
			const volume = unique('volume');
			await test.run(test.engine.createVolume({ Name: volume, Labels: { x: 'y' } }));
			const there = async (wanted: string) =>
				(await test.run(test.engine.listVolumes())).find(({ Name }) => Name === wanted);
			expect((await there(volume))?.Labels).to.deep.equal({ x: 'y' });
			const made = unique('volume');
			const id = await create(undefined, {}, { Binds: [`${volume}:/data`, `${made}:/more`] });
			expect(await there(made)).to.include({ Name: made, Driver: 'local' });
			expect(await codeOf(test.run(test.engine.removeVolume(volume)))).to.equal('engine-conflict');
			await remove(id);
			await test.run(test.engine.removeVolume(volume));
			await test.run(test.engine.removeVolume(made));
			await test.run(test.engine.removeVolume(volume));
			expect(await there(volume)).to.equal(undefined);
		});

		it('removes one name of an image after the other, and the digest with the last tag of its repository', async () => {
			const image = await test.run(test.engine.inspectImage(test.reference));
			const repository = test.reference.split('@')[0] ?? '';
			const listed = async () => (await test.run(test.engine.listImages())).find(({ Id }) => Id === image?.Id);
			const tag = (name: string, label: string) => test.run(test.engine.tagImage(image?.Id ?? '', name, label));
			await tag(repository, 'latest');
			await tag(repository, 'other');
			await tag('elsewhere.example.com/x', 'latest');
			await test.run(test.engine.removeImage(`${repository}:other`));
			expect((await listed())?.RepoTags).to.have.members([`${repository}:latest`, 'elsewhere.example.com/x:latest']);
			expect((await listed())?.RepoDigests).to.include(test.reference);
			await test.run(test.engine.removeImage(`${repository}:latest`));
			expect((await listed())?.RepoDigests ?? []).not.to.include(test.reference);
			const id = await create(undefined, { Image: image?.Id });
			expect(await codeOf(test.run(test.engine.removeImage('elsewhere.example.com/x:latest')))).to.equal(
				'engine-conflict',
			);
			await remove(id);
			await test.run(test.engine.removeImage('elsewhere.example.com/x:latest'));
			await test.run(test.engine.removeImage('elsewhere.example.com/x:latest'));
			expect(await listed()).to.equal(undefined);
			await test.run(pull());
		});

		it('sends events of changes as they happen', async () => {
			const abort = new AbortController();
			const listener = Sinon.stub<[EngineEvent]>();
			const unsubscribe = test.engine.onEvent(listener);
			const following = test.engine.run(abort.signal);
			await test.eventually(() => listener.calledWithMatch({ type: 'connected' }));
			const image = (await test.run(test.engine.inspectImage(test.reference)))?.Id ?? '';
			const Labels = { 'io.balena.supervised': 'true', 'io.balena.service-name': 'web' };
			const id = await create(undefined, { Image: image, Labels });
			await test.run(test.engine.startContainer(id));
			await remove(id);
			const about = () =>
				listener.args.flat().flatMap((event) => (event.type === 'container' && event.id === id ? [event] : []));
			await test.eventually(() => about().some(({ action }) => action === 'destroy'));
			expect(about().map(({ action }) => action)).to.include.members(['create', 'start', 'die', 'destroy']);
			const [start, die] = ['start', 'die'].map((wanted) => about().find(({ action }) => action === wanted));
			expect([start?.service, die?.service]).to.deep.equal([
				{ name: 'web', image },
				{ name: 'web', image },
			]);
			expect([start?.exitCode, typeof die?.exitCode]).to.deep.equal([undefined, 'number']);
			unsubscribe();
			const count = listener.callCount;
			const other = Sinon.stub();
			const unsubscribeOther = test.engine.onEvent(other);
			await create();
			await test.eventually(() => other.called);
			unsubscribeOther();
			expect(listener.callCount, 'after it was taken off').to.equal(count);
			abort.abort();
			await test.run(following);
		});

		it('reads changes also without listeners, whether it follows events or not', async () => {
			const id = await create();
			const statusOf = async () => (await inspect(id))?.State.Status;
			await test.run(test.engine.startContainer(id));
			expect(await statusOf()).to.equal('running');
			await test.pause(id);
			expect(await statusOf(), 'without events').to.equal('paused');
			const abort = new AbortController();
			const following = test.engine.run(abort.signal);
			await test.run(test.engine.unpauseContainer(id));
			expect(await statusOf()).to.equal('running');
			await test.pause(id);
			await test.eventually(async () => (await statusOf()) === 'paused');
			abort.abort();
			await test.run(following);
		});
	});
}
