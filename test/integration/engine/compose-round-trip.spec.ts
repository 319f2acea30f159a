import { expect } from 'chai';
import isEqual from 'lodash/isEqual.js';
import { DockerEngine } from '../../../src/adapters/docker/index.ts';
import { SystemClock } from '../../../src/adapters/system/system-clock.ts';
import {
	compareService,
	composeApp,
	composeService,
	containerBody,
	networkBody,
	readContainer,
	volumeBody,
} from '../../../src/application-manager/compose/index.ts';
import { FIELD_ENTRIES } from '../../../src/application-manager/compose/field-table.ts';
import { NEW_FIELDS } from '../../../src/application-manager/compose/new-fields.ts';
import {
	containerNameOf,
	temporaryNameOf,
	type FieldDifference,
	type ServiceSpec,
} from '../../../src/domain/service.ts';
import type { TargetApp, TargetService } from '../../../src/domain/target.ts';
import { EngineError, type ContainerInspection, type ImageInspection } from '../../../src/ports/engine.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';
import { ROUND_TRIP_CASES, type RoundTripCase } from '../../vectors/round-trip-cases.ts';
import { vectorContext } from '../../vectors/vector-app.ts';

const REPEATS = 100;
const app: TargetApp = {
	appId: 1,
	appUuid: 'abc1',
	appName: 'fleet',
	class: 'fleet',
	isHost: false,
	rejected: false,
	release: {
		releaseId: 7,
		commit: 'c',
		services: {},
		networks: { front: { ipam: { config: [{ subnet: '172.30.0.0/16', gateway: '172.30.0.1' }] } }, back: {} },
		volumes: { data: {}, data2: {} },
	},
};

describe('compose on a real engine', () => {
	let real: RealEngine;
	let image: ImageInspection;
	let engine: DockerEngine;
	/** By service name: the one whose network is shared. */
	let containers: ReadonlyMap<string, string>;

	/** One that has not seen anything yet, as after a restart of ours. */
	const freshEngine = () => new DockerEngine({ host: real.host, clock: new SystemClock(), readTimeoutMs: 30_000 });

	function compose(serviceName: string, composition: TargetService['composition']): ServiceSpec {
		const composed = composeService({
			app,
			release: app.release!,
			serviceName,
			service: { serviceId: 5, imageId: 6, image: 'x', running: true, environment: {}, labels: {}, composition },
			context: vectorContext,
			inputs: { image },
		});
		if (!composed.ok) {
			throw new Error(JSON.stringify(composed.issues));
		}
		return composed.spec;
	}

	async function create(spec: ServiceSpec, facts: Partial<Parameters<typeof containerBody>[1]> = {}): Promise<string> {
		const body = containerBody(spec, { deviceName: 'd', containerIds: containers, ...facts });
		if (!body.ok) {
			throw new Error(body.message);
		}
		const containerId = await engine.createContainer({ name: body.name, body: body.body });
		for (const { network, endpoint } of body.extraNetworks) {
			await engine.connectNetwork({ network, containerId, endpoint });
		}
		return containerId;
	}

	async function inspect(containerId: string): Promise<ContainerInspection> {
		return (await freshEngine().listContainers()).find(({ Id }) => Id === containerId)!;
	}

	/** The engine itself shows the value; what we wrote into a label is not looked at. */
	async function expectShown(field: string, containerId: string, spec: ServiceSpec): Promise<void> {
		const [key, row] = FIELD_ENTRIES.find(([name]) => name === field)!;
		const shown = row.read(await inspect(containerId));
		const compare = typeof row.compare === 'function' ? row.compare : isEqual;
		expect(compare(shown, spec.config[key]), `${field}: the engine shows ${JSON.stringify(shown)}`).to.be.true;
	}

	async function differences(containerId: string, spec: ServiceSpec): Promise<readonly FieldDifference[]> {
		const inspection = await inspect(containerId);
		const view = readContainer(inspection);
		if (!view.ok) {
			throw new Error(JSON.stringify(view.issues));
		}
		const first = compareService(view.value, spec, containers);
		for (let repeat = 1; repeat < REPEATS; repeat++) {
			expect(compareService(view.value, spec, containers)).to.deep.equal(first);
		}
		return first;
	}

	before(async () => {
		real = await requireEngine();
		engine = freshEngine();
		const reference = await real.pushImage('round-trip');
		await engine.pullImage({ reference, signal: new AbortController().signal, progress: () => undefined });
		image = (await engine.inspectImage(reference))!;
		const { composed } = composeApp(app, vectorContext, new Map());
		if (composed.state === 'rejected') {
			throw new Error(JSON.stringify(composed.issues));
		}
		// Without services the default network would be a configuration only.
		const [, ...declared] = composed.spec.networks;
		for (const body of [{ Name: 'abc1_default' }, ...declared.map(networkBody)]) {
			await engine.createNetwork(body);
		}
		for (const volume of composed.spec.volumes) {
			await engine.createVolume(volumeBody(volume));
		}
		containers = new Map();
		const database = await create(compose('db', {}));
		await engine.startContainer(database);
		containers = new Map([['db', database]]);
	});
	after(async () => {
		const cleanUp = new CleanUp();
		cleanUp.add(() => real.dispose());
		cleanUp.add(() => real.docker('volume', 'rm', '1_data', '1_data2'));
		cleanUp.add(() => real.docker('network', 'rm', 'abc1_default', 'abc1_front', 'abc1_back'));
		cleanUp.add(() => real.docker('rm', '--force', ...containers.values()));
		await cleanUp.run();
	});

	for (const [field, cases] of Object.entries(ROUND_TRIP_CASES)) {
		for (const one of cases) {
			it(`counts a container as equal that was made with ${field}: ${JSON.stringify(one.composition)}`, async function () {
				const containerId = await createUnlessRefused(one);
				if (containerId === undefined) {
					this.skip();
				}
				try {
					await check(field, one, containerId);
				} finally {
					await real.docker('rm', '--force', '--volumes', containerId);
				}
			});
		}
	}

	it('gives the anonymous volumes to a container that is created beside the first', async () => {
		const spec = compose('s', { volumes: ['/data/', '/x', { type: 'volume', target: '/long' }] });
		const first = await create(spec);
		const made = await volumesOf(first);
		expect(made.map(([path]) => path)).to.deep.equal(['/data', '/long', '/x']);
		const [x, ...carried] = [...made].reverse();
		const name = temporaryNameOf(containerNameOf(spec.identity), 1);
		const second = await create(spec, { anonymousVolumes: new Map(carried), name });
		try {
			const volumes = new Map(await volumesOf(second));
			expect(volumes.get('/data')).to.equal(new Map(carried).get('/data'));
			expect(volumes.get('/long')).to.equal(new Map(carried).get('/long'));
			expect(volumes.get('/x'))
				.to.match(/^[0-9a-f]{64}$/)
				.and.to.not.equal(x?.[1]);
			for (const containerId of [first, second]) {
				await engine.startContainer(containerId);
				expect(await differences(containerId, spec)).to.deep.equal([]);
			}
		} finally {
			await real.docker('rm', '--force', '--volumes', first, second);
			await real.docker('volume', 'rm', '--force', ...carried.map(([, volume]) => volume));
		}
	});

	/** Path and name of each, in order. */
	async function volumesOf(containerId: string): Promise<readonly (readonly [path: string, name: string])[]> {
		const text = await real.docker('inspect', '--format', '{{json .Mounts}}', containerId);
		const mounts = JSON.parse(text) as readonly {
			readonly Type: string;
			readonly Name: string;
			readonly Destination: string;
		}[];
		return mounts
			.filter(({ Type }) => Type === 'volume')
			.map(({ Destination, Name }) => [Destination, Name] as const)
			.sort(([a], [b]) => (a < b ? -1 : 1));
	}

	async function createUnlessRefused({ composition, mayRefuse }: RoundTripCase): Promise<string | undefined> {
		try {
			return await create(compose('s', composition));
		} catch (error) {
			if (error instanceof EngineError && mayRefuse?.test(error.message) === true) {
				return undefined;
			}
			throw error;
		}
	}

	async function check(field: string, one: RoundTripCase, containerId: string): Promise<void> {
		const spec = compose('s', one.composition);
		expect(await differences(containerId, spec), `${field}: created`).to.deep.equal([]);
		if (one.mayDrop !== true && Object.hasOwn(NEW_FIELDS, field)) {
			await expectShown(field, containerId, spec);
		}
		if (one.starts === true) {
			await engine.startContainer(containerId);
			expect(await differences(containerId, spec), `${field}: started`).to.deep.equal([]);
		}
		const fromDefault = await differences(containerId, { ...compose('s', {}), v19: {} });
		if (one.unnoticed !== true) {
			const fields = fromDefault.map((difference) => difference.field.split('.')[0]);
			expect(fields, `${field}: differs from the default`).to.include(field);
		}
	}
});
