import type { DockerEngine } from '../../../src/adapters/docker/index.ts';
import { SystemClock } from '../../../src/adapters/system/index.ts';
import {
	compareService,
	containerBody,
	networkBody,
	supervisorNetworkBody,
	volumeBody,
} from '../../../src/application-manager/compose/index.ts';
import { createDeviceState, plan } from '../../../src/device-state/index.ts';
import type { CurrentState } from '../../../src/domain/current.ts';
import type { Plan, PlanContext } from '../../../src/domain/plan.ts';
import { containerNameOf, type FieldDifference, type ServiceSpec } from '../../../src/domain/service.ts';
import type { AppSpec, TargetApp, TargetService, TargetState } from '../../../src/domain/target.ts';
import { EngineError } from '../../../src/ports/engine.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { idlePorts } from '../../support/idle-ports.ts';
import { MemoryCommitStore, MemoryImageStore, MemoryTargetStore } from '../../support/memory-stores.ts';
import { ROUND_TRIP_CASES, type RoundTripCase } from '../../vectors/round-trip-cases.ts';
import { vectorContext } from '../../vectors/vector-app.ts';

interface Look {
	readonly services: readonly { readonly name: string; readonly differences: readonly FieldDifference[] }[];
	readonly passes: readonly Plan[];
}

const APP = { appId: 1, appUuid: 'abc1', appName: 'fleet', class: 'fleet', isHost: false, rejected: false } as const;
const RELEASE = {
	releaseId: 7,
	commit: 'c',
	networks: { front: { ipam: { config: [{ subnet: '172.30.0.0/16', gateway: '172.30.0.1' }] } }, back: {} },
	volumes: { data: {}, data2: {} },
};
/** Its network is shared by others. */
const DATABASE = 'db';
/** Fields whose containers also run: starting fills in what the engine shows of them. */
const RUNNING: readonly string[] = ['networks', 'volumes', 'tmpfs', 'macAddress', 'healthcheck', 'privileged'];
const CONTEXT: PlanContext = {
	now: 0,
	busy: [],
	paused: new Map(),
	requests: [],
	history: { hasSettled: true },
	policy: {
		maxPulls: 4,
		maxSteps: 8,
		keepImages: false,
		keepVolumes: false,
		ownImage: 'own',
		force: false,
		localMode: false,
	},
};

/** One release with a service for each case of the round trip, and its containers: made one by one, not by steps. */
export class RoundTripApp {
	readonly services: readonly ServiceSpec[];
	readonly started: readonly string[];
	readonly #containerIds: readonly string[];
	readonly #spec: AppSpec;
	readonly #stores: Stores;

	private constructor(spec: AppSpec, made: Made, stores: Stores) {
		this.#spec = spec;
		this.services = spec.services;
		this.#containerIds = [...made.containerIds.values()];
		this.started = made.started;
		this.#stores = stores;
	}

	static async create(engine: DockerEngine, image: string): Promise<RoundTripApp> {
		const stores = createStores();
		const cases = new Map(listCases());
		await stores.targets.replace(documentOf(appOf(cases, image)));
		const wanted = specOf((await lookAt(engine, stores)).target);
		await makeResources(engine, wanted);
		const made = await makeContainers(engine, wanted, cases);
		made.refused.forEach((name) => cases.delete(name));
		await stores.targets.replace(documentOf(appOf(cases, image)));
		const spec = specOf((await lookAt(engine, stores)).target);
		for (const { identity, reference, engineImageId } of spec.services) {
			await stores.images.save({ name: reference, ...identity }, engineImageId);
		}
		await stores.commits.save(APP.appId, RELEASE.commit);
		return new RoundTripApp(spec, made, stores);
	}

	/** Reads everything as the loop does, and plans. */
	async look(engine: DockerEngine, passes: number): Promise<Look> {
		const { current, target } = await lookAt(engine, this.#stores);
		const containers = current.apps.find(({ appId }) => appId === APP.appId)?.containers ?? [];
		const ids = new Map(containers.map(({ serviceName, containerId }) => [serviceName, containerId]));
		const services = specOf(target).services.flatMap((spec) => {
			const name = containerNameOf(spec.identity);
			const view = containers.find((container) => container.name === name);
			return view === undefined ? [] : [{ name, differences: compareService(view, spec, ids) }];
		});
		return { services, passes: Array.from({ length: passes }, () => plan(current, target, CONTEXT)) };
	}

	async dispose(docker: (...args: readonly string[]) => Promise<unknown>): Promise<void> {
		const cleanUp = new CleanUp();
		const volumes = this.#spec.volumes.map(({ engineName }) => engineName);
		cleanUp.add(() => docker('volume', 'rm', ...volumes, 'extra-firmware'));
		cleanUp.add(() =>
			removeNetworks(
				docker,
				this.#spec.networks.map(({ engineName }) => engineName),
			),
		);
		cleanUp.add(() => docker('rm', '--force', '--volumes', ...this.#containerIds));
		await cleanUp.run();
	}
}

/** A second try for those that are left: after a restart of the engine the first one may fail at a rule of its firewall. */
async function removeNetworks(
	docker: (...args: readonly string[]) => Promise<unknown>,
	names: readonly string[],
): Promise<void> {
	try {
		await docker('network', 'rm', ...names);
	} catch {
		const there = String(await docker('network', 'ls', '--format', '{{.Name}}')).split('\n');
		const left = names.filter((name) => there.includes(name));
		if (left.length > 0) await docker('network', 'rm', ...left);
	}
}

interface Stores {
	readonly targets: MemoryTargetStore;
	readonly images: MemoryImageStore;
	readonly commits: MemoryCommitStore;
}

function createStores(): Stores {
	return {
		targets: new MemoryTargetStore(),
		images: new MemoryImageStore(),
		commits: new MemoryCommitStore(),
	};
}

function listCases(): readonly (readonly [name: string, one: RoundTripCase & { readonly runs: boolean }])[] {
	const cases = Object.entries(ROUND_TRIP_CASES).flatMap(([field, list]) =>
		list.map((one, n) => [`${field}-${n}`, { ...one, runs: RUNNING.includes(field) && one.starts === true }] as const),
	);
	return [[DATABASE, { composition: {}, runs: true }], ...cases];
}

function appOf(cases: ReadonlyMap<string, { readonly composition: object; readonly runs: boolean }>, image: string) {
	const services = [...cases].map(([name, { composition, runs }], n): [string, TargetService] => [
		name,
		{
			serviceId: 100 + n,
			imageId: 1000 + n,
			image,
			running: runs,
			environment: {},
			labels: {},
			composition: { ...composition },
		},
	]);
	return { ...APP, release: { ...RELEASE, services: Object.fromEntries(services) } } satisfies TargetApp;
}

function documentOf(app: TargetApp) {
	return { name: 'd', config: {}, apps: [app] };
}

async function lookAt(
	engine: DockerEngine,
	stores: Stores,
): Promise<{ readonly current: CurrentState; readonly target: TargetState }> {
	const ports = { ...idlePorts({ engine, clock: new SystemClock(), context: vectorContext }), ...stores };
	const { observer, composer, close } = createDeviceState(ports);
	try {
		const { signal } = new AbortController();
		const current = await observer.observe(signal);
		const target = await composer.read(current, signal);
		if (target === undefined) throw new Error('there is no target');
		return { current, target };
	} finally {
		close();
	}
}

function specOf({ apps: [app] }: TargetState): AppSpec {
	if (app?.state !== 'ready') throw new Error(JSON.stringify(app?.issues));
	return app.spec;
}

async function makeResources(engine: DockerEngine, spec: AppSpec): Promise<void> {
	const there = await engine.listNetworks();
	if (!there.some(({ Name }) => Name === 'supervisor0')) {
		await engine.createNetwork(supervisorNetworkBody);
	}
	for (const network of spec.networks) {
		await engine.createNetwork(networkBody(network));
	}
	for (const body of [...spec.volumes.map(volumeBody), { Name: 'extra-firmware' }]) {
		await engine.createVolume(body);
	}
}

interface Made {
	readonly containerIds: ReadonlyMap<string, string>;
	readonly started: readonly string[];
	/** On a machine without the means for it. */
	readonly refused: readonly string[];
}

async function makeContainers(
	engine: DockerEngine,
	{ services }: AppSpec,
	cases: ReadonlyMap<string, RoundTripCase>,
): Promise<Made> {
	const containerIds = new Map<string, string>();
	const started: string[] = [];
	const refused: string[] = [];
	for (const spec of services) {
		const { serviceName } = spec.identity;
		try {
			const containerId = await makeContainer(engine, spec, containerIds);
			containerIds.set(serviceName, containerId);
			if (spec.running) {
				await engine.startContainer(containerId);
				started.push(serviceName);
			}
		} catch (error) {
			const mayRefuse = cases.get(serviceName)?.mayRefuse;
			if (!(error instanceof EngineError) || mayRefuse?.test(error.message) !== true) {
				throw error;
			}
			refused.push(serviceName);
		}
	}
	return { containerIds, started, refused };
}

async function makeContainer(
	engine: DockerEngine,
	spec: ServiceSpec,
	containerIds: ReadonlyMap<string, string>,
): Promise<string> {
	const made = containerBody(spec, { deviceName: vectorContext.deviceName, containerIds });
	if (!made.ok) throw new Error(made.message);
	const containerId = await engine.createContainer({ name: made.name, body: made.body });
	for (const { network, endpoint } of made.extraNetworks) {
		await engine.connectNetwork({ network, containerId, endpoint });
	}
	return containerId;
}
