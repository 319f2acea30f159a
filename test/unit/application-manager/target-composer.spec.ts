import { emptyState } from '../../support/empty-state.ts';
import { expect } from 'chai';
import { TargetComposer } from '../../../src/application-manager/index.ts';
import type { CurrentState } from '../../../src/domain/current.ts';
import type { TargetDocument } from '../../../src/domain/target.ts';
import { context } from '../../simulation/world.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { linesOf, silentLog, stubSystemLog } from '../../support/logs.ts';
import { MemoryKeyStore, MemoryTargetStore } from '../../support/memory-stores.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('target, composed', () => {
	const signal = new AbortController().signal;
	const ID = `sha256:${'a'.repeat(64)}`;
	const withImage: CurrentState = { ...emptyState, images: [{ id: ID, tags: ['r.io/a:1'], digests: [] }] };

	const document = (commit: string, composition: Readonly<Record<string, unknown>>): TargetDocument => ({
		name: 'device',
		config: {},
		apps: [
			{
				appId: 1,
				appUuid: 'a1',
				appName: 'app',
				class: 'fleet',
				isHost: false,
				rejected: false,
				release: {
					releaseId: 1,
					commit,
					services: {
						web: {
							serviceId: 1,
							imageId: 2,
							image: 'r.io/a:1',
							running: true,
							environment: {},
							labels: {},
							composition,
						},
					},
					networks: {},
					volumes: {},
				},
			},
		],
	});

	function make() {
		const clock = new VirtualClock();
		const engine = new FakeEngine(clock);
		const targets = new MemoryTargetStore();
		const systemLog = stubSystemLog();
		const composer = new TargetComposer({
			targets,
			engine,
			keys: new MemoryKeyStore(),
			log: silentLog,
			systemLog,
			context: () => Promise.resolve(context),
			contractFacts: () => Promise.resolve({ supervisorVersion: '20.0.0', deviceType: 'sim', deviceArch: 'amd64' }),
		});
		const read = async (current: CurrentState) => {
			const reading = composer.read(current, signal);
			await clock.advance(100);
			return reading;
		};
		engine.images.set(ID, { id: ID, tags: ['r.io/a:1'], digests: [], config: { Cmd: ['run'] } });
		return { targets, systemLog, read };
	}

	it('is nothing until a target was ever stored', async () => {
		expect(await make().read(emptyState)).to.equal(undefined);
	});

	it('is composed once, until an image arrives', async () => {
		const { targets, read } = make();
		await targets.replace(document('c1', {}));
		const first = await read(emptyState);
		expect((await read(emptyState))?.apps[0]).to.equal(first?.apps[0]);
		const [app] = (await read(withImage))?.apps ?? [];
		expect(app).not.to.equal(first?.apps[0]);
		expect(app?.state === 'ready' && app.spec.services[0]?.engineImageId).to.equal(ID);
		expect(app?.state === 'ready' && app.spec.services[0]?.config.command).to.deep.equal(['run']);
	});

	it('names what a release requires and what the device has, also after a restart', async () => {
		const { targets, systemLog, read } = make();
		const stored = document('c1', {});
		const [app] = stored.apps;
		const service = app?.release?.services['web'];
		if (app?.release === undefined || service === undefined) throw new Error('the document has one service');
		const contract = {
			requires: [
				{ type: 'sw.supervisor', version: '>=99' },
				{ type: 'arch.sw', slug: 'amd64' },
			],
		};
		const release = { ...app.release, services: { web: { ...service, contract } } };
		await targets.replace({ ...stored, apps: [{ ...app, rejected: true, release }] });
		const [composed] = (await read(emptyState))?.apps ?? [];
		const reason = 'requires sw.supervisor >=99, this device has 20.0.0';
		expect(composed?.state === 'rejected' && composed.unmet).to.deep.equal([
			{ serviceName: 'web', requirement: 'sw.supervisor', wanted: '>=99', has: '20.0.0', reason },
		]);
		expect(linesOf(systemLog).at(-1)).to.match(
			/^Could not move to new release: service web requires sw\.supervisor >=99/,
		);
		await targets.replace({ ...stored, apps: [{ ...app, rejected: true }] });
		const [unknown] = (await read(emptyState))?.apps ?? [];
		expect(unknown?.state === 'rejected' && unknown.issues[0]?.message).to.match(/does not meet the requirements/);
	});

	it('notifies the user once for each release of what is ignored', async () => {
		const { targets, systemLog, read } = make();
		await targets.replace(document('c1', { external_links: ['db'] }));
		await read(emptyState);
		await read(withImage);
		await read(emptyState);
		expect(linesOf(systemLog)).to.have.length(1);
		expect(linesOf(systemLog)[0]).to.include('links').and.to.include('apps.a1.services.web');
		await targets.replace(document('c2', { external_links: ['db'] }));
		await read(withImage);
		expect(linesOf(systemLog)).to.have.length(2);
	});

	it('notifies the user why an app is refused, with the path', async () => {
		const { targets, systemLog, read } = make();
		await targets.replace(document('c1', { ports: ['80-85:80-81'] }));
		const target = await read(withImage);
		await read(withImage);
		expect(target?.apps[0]?.state).to.equal('rejected');
		expect(linesOf(systemLog)).to.deep.equal([
			'Could not move to new release: Range for internal and external ports does not match: 80-85:80-81 (apps.a1.services.web.ports[0])',
		]);
	});
});
