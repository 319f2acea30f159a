import { expect } from 'chai';
import Sinon from 'sinon';
import { DEFAULT_SETTINGS, variablesOf, type Settings } from '../../../../src/config/index.ts';
import { Preloader } from '../../../../src/device-state/index.ts';
import type { TargetDocument } from '../../../../src/domain/target.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';
import { recordingLog } from '../../../support/logs.ts';
import { MemoryImageStore } from '../../../support/memory-stores.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const IMAGE = `registry.example.com/v2/web@sha256:${'a'.repeat(64)}`;
const ID = `sha256:${'1'.repeat(64)}`;
const COMMIT = 'c'.repeat(32);
const NEW_DEVICE: Settings = { ...DEFAULT_SETTINGS, apiEndpoint: 'https://api.example.com' };
const KNOWN_DEVICE: Settings = { ...NEW_DEVICE, uuid: 'u', registeredAt: 1, deviceId: 1, targetStateSet: true };

/** One app with one release of one service, as the command line writes it. */
function appsJson(more: Readonly<Record<string, unknown>> = {}): string {
	const service = { id: 11, image_id: 22, image: IMAGE, environment: {}, labels: {}, composition: {} };
	const app = { id: 7, name: 'app', releases: { [COMMIT]: { id: 5, services: { web: service } } } };
	return JSON.stringify({ config: { SUPERVISOR_DELTA: 'true' }, apps: { ['b'.repeat(32)]: app }, ...more });
}

describe('preloaded apps', () => {
	async function load(
		text: string | undefined,
		options: { isFirst?: boolean; uuid?: string; hasImage?: boolean } = {},
	) {
		const clock = new VirtualClock();
		const engine = new FakeEngine(clock);
		if (options.hasImage !== false) {
			engine.images.set(ID, { id: ID, tags: [], digests: [IMAGE], config: {} });
		}
		const images = new MemoryImageStore();
		const stored: { document: TargetDocument; source: string }[] = [];
		const pin = Sinon.stub<[unknown], Promise<void>>().resolves();
		const retire = Sinon.stub().resolves();
		const { log, lines } = recordingLog();
		const preloader = new Preloader({
			file: {
				path: '/mnt/data/apps.json',
				read: () => Promise.resolve(text),
				retire,
			},
			engine,
			images,
			intake: {
				accept: async ({ body, decode, prepare, source }) => {
					const decoded = decode(body);
					if (!decoded.ok) {
						const lines = decoded.issues.map(({ path, message }) => `${path}: ${message}`);
						return { kind: 'refused', because: decoded.because, lines };
					}
					const document = decoded.value;
					if (!(await prepare!(document))) return { kind: 'not-prepared' };
					stored.push({ document, source });
					return { kind: 'stored', apps: document.apps.length };
				},
			},
			config: {
				read: () => Promise.resolve(options.isFirst === false ? KNOWN_DEVICE : NEW_DEVICE),
				set: ({ pinnedRelease }) => pin(pinnedRelease),
			},
			bootVariables: () => Promise.resolve({ HOST_CONFIG_gpu_mem: '64', HOST_CONFIG_kernel: 'mine.img' }),
			findAppUuid: () => Promise.resolve(options.uuid),
			log,
		});
		const done = preloader.load(new AbortController().signal);
		await clock.advance(1000);
		await done;
		const isLoaded = stored.length > 0;
		return { isLoaded, stored, pin, retire, lines, rows: await images.list(), tags: engine.images.get(ID)?.tags };
	}

	it('become the target, with their images tagged and recorded', async () => {
		const { isLoaded, stored, pin, retire, rows, tags } = await load(appsJson());
		expect(isLoaded).to.equal(true);
		expect(stored[0]?.source).to.equal('https://api.example.com');
		expect(stored[0]?.document.config).to.deep.equal({
			...variablesOf(NEW_DEVICE),
			...{ HOST_CONFIG_gpu_mem: '64', HOST_CONFIG_kernel: 'mine.img' },
			SUPERVISOR_DELTA: 'true',
		});
		expect(stored[0]?.document.apps.map(({ appId }) => appId)).to.deep.equal([7]);
		expect(rows).to.have.length(1);
		expect(rows[0]).to.deep.include({ name: IMAGE, serviceName: 'web', commit: COMMIT, dockerImageId: ID });
		expect(tags).to.deep.equal(['registry.example.com/v2/web:latest']);
		Sinon.assert.notCalled(pin);
		Sinon.assert.calledOnce(retire);
	});

	it('pin the device to their release when asked to', async () => {
		const { pin } = await load(appsJson({ pinDevice: true }));
		Sinon.assert.calledOnceWithExactly(pin, { app: 7, commit: COMMIT });
	});

	it('are skipped, all of them, while one image is missing', async () => {
		const { isLoaded, stored, retire, rows } = await load(appsJson(), { hasImage: false });
		expect([isLoaded, stored, rows]).to.deep.equal([false, [], []]);
		Sinon.assert.notCalled(retire);
	});

	it('are looked at on the first start only, and need not be there', async () => {
		expect((await load(appsJson(), { isFirst: false })).stored).to.deep.equal([]);
		expect((await load(undefined)).lines).to.deep.equal([]);
		expect((await load('{}')).stored).to.deep.equal([]);
	});

	it('dev-tools #34: say what is wrong with them', async () => {
		for (const text of ['no json', '{"apps":{"x":{"id":"y"}}}', '{"apps":{"x":{"id":1,"name":"n","releases":{}}}}']) {
			const { isLoaded, lines } = await load(text);
			expect(isLoaded).to.equal(false);
			expect(lines.map(({ level }) => level)).to.deep.equal(['error']);
		}
	});

	it('of the older form need the cloud once', async () => {
		const service = { imageId: 22, serviceName: 'web', image: IMAGE, environment: {}, labels: {} };
		const app = { name: 'app', commit: COMMIT, releaseId: 5, services: { 11: service }, volumes: {}, networks: {} };
		const text = JSON.stringify({ config: {}, apps: { 7: app }, pinDevice: false });
		expect((await load(text)).isLoaded).to.equal(false);
		const { isLoaded, stored } = await load(text, { uuid: 'b'.repeat(32) });
		expect(isLoaded).to.equal(true);
		expect(stored[0]?.document.apps[0]?.appUuid).to.equal('b'.repeat(32));
	});

	it('of 2021, and those in a member of their own, need no cloud', async () => {
		const service = { imageId: 22, serviceName: 'web', image: IMAGE, environment: {}, labels: {} };
		const app = {
			appId: 7,
			name: 'app',
			commit: COMMIT,
			releaseId: 5,
			services: { 11: service },
			volumes: {},
			networks: {},
		};
		const document = { config: {}, apps: { ['b'.repeat(32)]: app } };
		for (const input of [document, { local: document }]) {
			const { isLoaded, stored } = await load(JSON.stringify(input));
			expect(isLoaded).to.equal(true);
			expect(stored[0]?.document.apps.map(({ appId, appUuid }) => [appId, appUuid])).to.deep.equal([
				[7, 'b'.repeat(32)],
			]);
		}
		const { lines } = await load(JSON.stringify({ targets: [] }));
		expect(JSON.stringify(lines)).to.include('none of the formats of apps.json');
	});
});
