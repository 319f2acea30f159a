import { expect } from 'chai';
import { compareTimes } from '../../../src/domain/service.ts';
import { containersByService, listContainers, serviceOf, type Container } from './engine-view.ts';
import { setScene, type Compositions, type Scene } from './scene.ts';

const IDLE = { command: ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.1; done"], stop_signal: 'SIGTERM' };
const HELD_MS = 4000;

/** What real users' files did to a device that ran another release before (shared cases, by number). */
describe('a device whose release is bad, or whose services share namespaces', function () {
	this.timeout(90_000);
	let scene: Scene;

	before(async () => {
		scene = await setScene();
		others = await anonymousVolumes();
		await scene.device.start();
	});
	after(() => scene.dispose());

	type Parts = {
		readonly volumes?: Readonly<Record<string, unknown>>;
		readonly networks?: Readonly<Record<string, unknown>>;
	};

	const imagesFor = (compositions: Compositions) =>
		Object.fromEntries(Object.keys(compositions).map((name, n) => [name, scene.images[n] ?? scene.images[0]]));
	/** Each service idles unless it says otherwise. */
	const optionsFor = (compositions: Compositions, parts: Parts) => ({
		compositions: Object.fromEntries(Object.entries(compositions).map(([name, own]) => [name, { ...IDLE, ...own }])),
		...parts,
	});
	const apply = (compositions: Compositions, parts: Parts = {}) =>
		scene.apply(imagesFor(compositions), optionsFor(compositions, parts));
	const push = async (compositions: Compositions, parts: Parts = {}) => {
		await scene.release(imagesFor(compositions), optionsFor(compositions, parts));
		await scene.device.update();
	};
	const containers = () => containersByService(scene.engine);
	const exec = async (service: string, ...command: readonly string[]) =>
		(await scene.engine.docker('exec', (await containers())[service]?.Id ?? '', ...command)).trim();
	const anonymousVolumes = async () =>
		(await scene.engine.docker('volume', 'ls', '--quiet')).split('\n').filter((name) => /^[0-9a-f]{64}$/.test(name));
	/** Volumes left by earlier tests. */
	let others: readonly string[] = [];
	let mark = 0;
	const said = () => scene.device.log().slice(mark);
	const waitForLine = (text: RegExp) => scene.device.waitFor(`it says ${String(text)}`, () => text.test(said()));
	beforeEach(() => {
		mark = scene.device.log().length;
	});
	const runsOf = async () =>
		(await listContainers(scene.engine))
			.filter(({ State }) => State.Status === 'running')
			.map((container) => [serviceOf(container), container.Id, container.State.StartedAt].join(' '))
			.sort();

	/** Pushes it onto a device that runs `a` and `z`, and checks that both keep running untouched. */
	async function expectKept(compositions: Compositions, parts: Parts, says: RegExp): Promise<void> {
		await apply({ a: {}, z: {} });
		const before = await runsOf();
		expect(before).to.have.length(2);
		mark = scene.device.log().length;
		await push(compositions, parts);
		await waitForLine(says);
		await new Promise((resolve) => setTimeout(resolve, HELD_MS));
		expect(await runsOf()).to.deep.equal(before);
	}

	describe('shared namespaces', () => {
		const RELEASE = { vpn: {}, web: { network_mode: 'service:vpn' }, third: { network_mode: 'service:vpn' } };

		const isInside = async (service: string) => {
			const { [service]: inside, vpn } = await containers();
			const isLater = compareTimes(inside?.State.StartedAt ?? '', vpn?.State.StartedAt ?? '') > 0;
			return vpn?.State.Status === 'running' && inside?.State.Status === 'running' && isLater && hasNetwork(service);
		};
		const hasNetwork = async (service: string) => (await exec(service, 'cat', '/proc/net/dev')).includes('eth0');
		const areInside = () =>
			scene.device.waitFor('both are in the network again', async () => (await isInside('web')) && isInside('third'));

		it('case 01, 03: a service is back in the network of one that was restarted, by the supervisor or outside it', async () => {
			const { commit } = await apply(RELEASE);
			for (const args of [['restart'], ['kill'], ['exec', 'sh', '-c', 'kill -TERM 1']]) {
				const { vpn } = await containers();
				const [verb = '', ...rest] = args;
				await scene.engine.docker(verb, vpn?.Id ?? '', ...rest);
				await scene.device.waitFor('it runs again', async () => {
					const { vpn: now } = await containers();
					return now?.State.Status === 'running' && now.State.StartedAt !== vpn?.State.StartedAt;
				});
				await areInside();
				await scene.device.waitForOnTarget(commit);
			}
		});

		it('is not on target while a service is cut off', async () => {
			const { commit } = await apply(RELEASE);
			scene.device.signal('SIGSTOP');
			const { vpn } = await containers();
			await scene.engine.docker('restart', vpn?.Id ?? '');
			expect(await hasNetwork('web')).to.equal(false);
			scene.device.signal('SIGCONT');
			await areInside();
			await scene.device.waitForOnTarget(commit);
			expect(said()).to.contain('service vpn, whose namespace it shares, was started again');
		});

		it('case 08: a service shares the processes and the memory of another one', async () => {
			await apply({ a: {}, b: { pid: 'service:a', ipc: 'service:a' } });
			for (const name of ['pid', 'ipc']) {
				const place = `/proc/self/ns/${name}`;
				expect(await exec('b', 'readlink', place), name).to.equal(await exec('a', 'readlink', place));
			}
		});
	});

	describe('a release that can never work', () => {
		const refused = /Could not move to new release|skipped/;

		it('case 04: the network of a service that is missing refuses the release', () =>
			expectKept({ a: { network_mode: 'service:nope' }, z: {} }, {}, refused));

		it('case 06: services that share each other’s network refuse it', () =>
			expectKept({ a: { network_mode: 'service:b' }, b: { network_mode: 'service:a' }, z: {} }, {}, refused));

		it('case 06: so does one that shares its own', () =>
			expectKept({ a: { network_mode: 'service:a' }, z: {} }, {}, refused));

		it('case 29: so does a network that is not declared', () =>
			expectKept({ a: { networks: ['nope'] }, z: {} }, {}, refused));

		it('case 35: so does a relative bind', () => expectKept({ a: { volumes: ['./c:/c'] }, z: {} }, {}, /\.\/c/));

		it('case 07: a missing dependency is logged, and does not block', async () => {
			const { commit } = await apply({ a: { depends_on: ['nope'] }, z: {} });
			expect(said()).to.match(/nope/);
			await scene.device.waitForOnTarget(commit);
		});
	});

	describe('a release that the engine refuses', () => {
		it('case 10: a network that cannot be created keeps services running', () =>
			expectKept(
				{ a: { networks: ['n', 'default'] }, z: {} },
				{ networks: { n: { ipam: { config: [{ subnet: '10.114.104.0/24' }] } } } },
				/Pool overlaps/,
			));

		it('case 11: so does a volume', () =>
			expectKept({ a: { volumes: ['bad:/x'] }, z: {} }, { volumes: { bad: { driver: 'nosuch' } } }, /nosuch/));

		it('so does a container', () => expectKept({ a: { mem_limit: '1m' }, z: {} }, {}, /[Mm]inimum memory/));
	});

	it('case 13: a service starts when the one that it waits for has completed, without a restart policy', async () => {
		const { commit } = await apply({
			init: { command: ['sh', '-c', 'exit 0'] },
			app: { depends_on: { init: { condition: 'service_completed_successfully' } } },
		});
		await scene.device.waitForOnTarget(commit);
		const { init, app } = await containers();
		expect([init?.State.Status, app?.State.Status]).to.deep.equal(['exited', 'running']);
	});

	it('case 13: so it does if that one is started again and again', async () => {
		await push({
			init: { command: ['sh', '-c', 'exit 0'], restart: 'always' },
			app: { depends_on: { init: { condition: 'service_completed_successfully' } } },
		});
		await scene.device.waitFor('app runs', async () => (await containers())['app']?.State.Status === 'running');
	});

	it('case 13: a release is not reached by a name alone while what a service waits for is not well', async () => {
		const waits = { depends_on: { init: { condition: 'service_completed_successfully' } } };
		const { commit } = await apply({ init: { command: ['sh', '-c', 'exit 0'] }, app: waits });
		const before = (await containers())['app'];
		await push({ init: { command: ['sh', '-c', 'exit 1'] }, app: waits });
		await scene.device.waitFor('init of the new release has failed', async () => {
			const { init } = await containers();
			return init?.Name.includes(commit) === false && init.State.StartedAt !== '0001-01-01T00:00:00Z';
		});
		await new Promise((resolve) => setTimeout(resolve, HELD_MS));
		const status = await scene.device.status();
		expect(status?.appState).to.equal('applying');
		const { app } = await containers();
		expect([app?.Id, app?.State.StartedAt]).to.deep.equal([before?.Id, before?.State.StartedAt]);
	});

	it('case 22: an anonymous volume stays with its service through updates, a restart and a removal; a purge ends it', async () => {
		const volumeOf = (container: Container | undefined) =>
			container?.Mounts.find(({ Destination }) => Destination === '/data')?.Name;
		await apply({ a: { volumes: ['/data'] } });
		await exec('a', 'sh', '-c', 'echo keep > /data/x');
		const volume = volumeOf((await containers())['a']);
		for (const [n, strategy] of ['', 'kill-then-download', 'hand-over', ''].entries()) {
			const labels = { 'io.balena.update.strategy': strategy, 'io.balena.update.handover-timeout': '500' };
			await apply({ a: { volumes: ['/data'], environment: { N: String(n) }, labels } });
			expect(await exec('a', 'cat', '/data/x'), strategy).to.equal('keep');
			expect(volumeOf((await containers())['a'])).to.equal(volume);
		}
		const { commit } = await apply({ a: { volumes: ['/data'], networks: ['n'] } }, { networks: { n: {} } });
		await apply({ a: { volumes: ['/data'], networks: ['n'] } }, { networks: { n: { internal: true } } });
		expect(await exec('a', 'cat', '/data/x'), 'after a network was made anew').to.equal('keep');
		expect(commit).to.be.a('string');
		const ask = async (what: string) => {
			const { device, fleet } = scene;
			const answer = await device.call('POST', `/v1/${what}`, await device.apiKey(), { appId: fleet.id });
			expect(answer?.status, what).to.equal(200);
		};
		await ask('restart');
		expect(await exec('a', 'cat', '/data/x'), 'after a restart').to.equal('keep');
		await ask('purge');
		expect(await exec('a', 'ls', '/data'), 'after a purge').to.equal('');
		expect(await scene.engine.docker('volume', 'ls', '--quiet')).not.to.contain(volume);
	});

	it('an anonymous volume ends when its path is no volume any more, and with its app', async () => {
		const volumes = async () => (await anonymousVolumes()).filter((name) => !others.includes(name));
		await apply({ a: { volumes: ['/data'] } });
		expect(await volumes()).to.have.length(1);
		await apply({ a: {} });
		await scene.device.waitFor('it is gone', async () => (await volumes()).length === 0);
	});
});
