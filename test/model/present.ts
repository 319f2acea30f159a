import type { CurrentState } from '../../src/domain/current.ts';
import type { UpdateRequest } from '../../src/domain/request.ts';
import { containerCause, type RebootsMade } from '../../src/domain/reboot.ts';
import {
	NO_PATH,
	type EngineImage,
	type NetworkSpec,
	type NetworkView,
	type StoredImageRecord,
	type VolumeSpec,
} from '../../src/domain/engine-objects.ts';
import {
	containerNameOf,
	type ContainerView,
	type ServiceIdentity,
	type ServiceSpec,
} from '../../src/domain/service.ts';
import type { ComposedApp, TargetState } from '../../src/domain/target.ts';
import { specOf } from '../unit/application-manager/compose/compose-one.ts';
import { observedConfig, rebootsOf, variablesOf } from './device-config.ts';
import { hostReboots, observedHost, WANTED_OS } from './host-os.ts';
import { contentOf, wantedSvcs, type Run } from './run.ts';
import { boxKey, SVCS, type Box, type State, type Svc } from './state.ts';

const APP = 1;
const UUID = 'abc1';
export const NET = `${UUID}_n`;
export const SPARE = `${UUID}_m`;
const VOL = `${APP}_v`;
/** Where service a has a volume without a name, in some runs. */
export const ANONYMOUS = '/anonymous';
const BOOTED = '2026-01-01T00:00:00Z';
const STATES_CACHED = 2000;

const networkConfig = {
	driver: 'bridge',
	ipam: { driver: 'default', config: [], options: {} },
	enableIPv6: false,
	internal: false,
	labels: {},
	options: {},
	configOnly: false,
};
const volumeConfig = { driver: 'local', driverOpts: {}, labels: {} };
const base = specOf({}).config;

export function referenceOf(svc: Svc, content: 'old' | 'new'): string {
	const digit = content === 'old' ? '1' : '2';
	return `registry.test/${svc}@sha256:${`${svc}${digit}`.padEnd(64, '0')}`;
}

function engineIdOf(svc: Svc, content: 'old' | 'new'): string {
	return `sha256:${content}-${svc}`;
}

export function nameOf(box: Pick<Box, 'svc' | 'release' | 'aside' | 'temp'>): string {
	const temp = ['', 'new_', 'new2_'][box.temp] ?? '';
	return `${temp}${box.aside ? 'old_' : ''}${containerNameOf(identityOf(box.svc, box.release))}`;
}

function identityOf(svc: Svc, release: 1 | 2): ServiceIdentity {
	const serviceId = SVCS.indexOf(svc) + 1;
	const imageId = release * 10 + serviceId;
	return { appId: APP, appUuid: UUID, serviceName: svc, serviceId, imageId, releaseId: release, commit: `c${release}` };
}

/** Shows states of one run as the observer would, and its target as the composer would. */
export class Presenter {
	readonly #run: Run;
	readonly #views = new Map<string, ContainerView>();
	readonly #targets = new Map<string, TargetState>();

	constructor(run: Run) {
		this.#run = run;
	}

	current(state: State): CurrentState {
		const { held, reboot, commit } = state;
		const run = this.#run;
		const ours = held === 'some' ? new Set(['a']) : new Set<string>(SVCS);
		return {
			apps: [
				{
					appId: APP,
					appUuid: UUID,
					commit: commit ? 'c2' : 'c1',
					containers: state.boxes.map((box) => this.#view(box)),
					networks: networksOf(state),
					volumes: state.vol === 'absent' ? [] : [volumeOf(state.vol)],
				},
			],
			images: SVCS.flatMap((svc) => imagesOf(svc, state)),
			volumes: [],
			imageRecords: SVCS.flatMap((svc) => rowsOf(run, svc, state)),
			supervisorNetworkReady: true,
			extraFirmwareReady: true,
			localMode: { snapshot: false, apps: false },
			excludedImages: new Set(),
			crashes: new Map(),
			failedStarts: new Map(),
			leaving: new Map(
				state.boxes.filter(({ run: was }) => was === 'removing' || was === 'dead').map(({ id }) => [id, 1000]),
			),
			completed: new Set(state.boxes.filter((box) => box.run === 'exited' && !box.failed).map(({ id }) => id)),
			...(state.unsteady ? { unsteadyUntil: 1000 } : {}),
			keptVolumes: state.kept
				.split(',')
				.filter((name) => name !== '')
				.map((name) => ({ name, appId: APP, serviceName: 'a', path: name === 'unused' ? NO_PATH : ANONYMOUS })),
			locks: held === 'none' ? new Map() : new Map([[APP, ours]]),
			host: {
				reboot: reboot === 'none' ? 'none' : 'required',
				reboots: rebootsIn(state, run),
				bootedAt: BOOTED,
				shuttingDown: reboot === 'down',
				...observedConfig(state.config),
				...(state.host === undefined ? {} : { os: observedHost(state.host) }),
			},
			unreadable: run.unreadable ? [{ appId: APP, issue: { path: '', message: 'odd' } }] : [],
		};
	}

	target(state: State): TargetState {
		const wanted = wantedSvcs(this.#run);
		const key = wanted.map((svc) => Number(state.pics[svc].new)).join('');
		const known = this.#targets.get(key);
		if (known !== undefined) {
			return known;
		}
		const { config, host } = this.#run;
		const hostOs = host === undefined ? {} : { hostOs: WANTED_OS };
		const target = { apps: this.#app(state, wanted), variables: variablesOf(config), ...hostOs };
		this.#targets.set(key, target);
		return target;
	}

	requests(state: State): readonly UpdateRequest[] {
		const { request, force } = this.#run;
		if (state.request === 'none' || request === 'none') {
			return [];
		}
		const all = SVCS.flatMap((svc) => [`${svc}0`, `${svc}1`]);
		// Volumes that were seen gone were dropped.
		const named = state.vol === 'fresh' || state.vol === 'absent' ? [] : [VOL];
		const volumes = [...named, ...(this.#run.anonymous ? ['first'] : [])];
		const bodies = {
			restartApp: { kind: 'restartApp', appId: APP, containers: all },
			purgeApp: { kind: 'purgeApp', appId: APP, containers: all, networks: ['n1', 'n1b', 'm1'], volumes },
			stopService: { kind: 'stopService', appId: APP, serviceName: 'a', containerId: 'a1' },
			restartService: { kind: 'restartService', appId: APP, serviceName: 'a', containers: ['a0', 'a1'] },
		} as const;
		return [{ id: 'r', body: bodies[request], force, state: state.request, since: 0 }];
	}

	#app(state: State, wanted: readonly Svc[]): readonly ComposedApp[] {
		switch (this.#run.target) {
			case 'absent':
				return [];
			case 'rejected': {
				const app = { appId: APP, appUuid: UUID, appName: 'm', class: 'fleet', isHost: false, rejected: true } as const;
				return [{ state: 'rejected', appId: APP, app, issues: [] }];
			}
			case 'ready': {
				const services = wanted.map((svc) => specFor(this.#run, { svc, release: 2, isHere: state.pics[svc].new }));
				const spec = { appId: APP, appUuid: UUID, appName: 'm', commit: 'c2', services, leftOut: [] };
				return [{ state: 'ready', appId: APP, spec: { ...spec, networks: [network('right')], volumes: [volume()] } }];
			}
		}
	}

	#view(box: Box): ContainerView {
		const key = boxKey(box);
		const known = this.#views.get(key);
		if (known !== undefined) {
			return known;
		}
		if (this.#views.size > STATES_CACHED) {
			this.#views.clear();
		}
		const view = viewOf(this.#run, box);
		this.#views.set(key, view);
		return view;
	}
}

function specFor(run: Run, of: { readonly svc: Svc; readonly release: 1 | 2; readonly isHere: boolean }): ServiceSpec {
	const { svc, release, isHere } = of;
	const { strategy, before, running, dependsOn, requiresReboot, isJob, joins, port } = run.services[svc];
	const content = contentOf(run, svc, release);
	const reference = referenceOf(svc, content);
	const joined = joins ? [] : [NET, ...(run.dropsNetwork && release === 1 && svc === 'a' ? [SPARE] : [])];
	const mode = joins ? 'service:a' : NET;
	const isSame = run.services[svc].flavour === 'same';
	return {
		identity: identityOf(svc, release),
		reference,
		...(isHere ? { engineImageId: engineIdOf(svc, content) } : {}),
		running,
		dependsOn,
		strategy: release === 2 ? strategy : before,
		handoverTimeoutMs: 1000,
		requiresReboot,
		networks: joined,
		volumes: svc === 'a' ? [VOL] : [],
		config: {
			...base,
			image: isHere ? engineIdOf(svc, content) : reference,
			restart: isJob ? 'no' : 'always',
			labels: { 'io.balena.update.strategy': release === 2 || isSame ? strategy : before },
			networkMode: mode,
			...(run.anonymous && svc === 'a' ? { volumes: [ANONYMOUS] } : {}),
			networks: Object.fromEntries(joined.map((name) => [name, {}])),
			portMaps: port.includes(release)
				? [{ internalStart: 80, internalEnd: 80, externalStart: 80, externalEnd: 80, protocol: 'tcp', host: '' }]
				: [],
		},
	};
}

function viewOf(run: Run, box: Box): ContainerView {
	const { svc, release, rank, run: runState } = box;
	const spec = specFor(run, { svc, release: box.made === 'old' ? 1 : 2, isHere: true });
	const { config } = spec;
	const second = String(rank).padStart(2, '0');
	const createdAt = box.young ? `2026-01-02T00:00:${second}Z` : `2025-12-31T00:00:${second}Z`;
	const isRunning = runState === 'running' || runState === 'restarting';
	return {
		...identityOf(svc, release),
		containerId: box.id,
		name: nameOf(box),
		createdAt,
		...(box.started ? { startedAt: startOf(box) } : {}),
		...(box.run === 'exited' ? { finishedAt: startOf(box) } : {}),
		runState,
		exitCode: box.failed ? 1 : 0,
		restartCount: 0,
		stateError: '',
		...(run.services[svc].isChecked && isRunning ? { health: box.ready ? 'healthy' : 'starting' } : {}),
		engineImageId: spec.engineImageId ?? '',
		networks: spec.networks,
		volumes: spec.volumes,
		anonymousVolumes: box.data === '' ? {} : { [ANONYMOUS]: box.data },
		config: {
			...config,
			...(box.made === 'odd' ? { environment: { ...config.environment, ODD: '1' } } : {}),
			...(box.quiet ? { restart: '' } : {}),
			...(box.joined === '' ? {} : { networkMode: `container:${box.joined}` }),
		},
	};
}

/** A container that shares a namespace was started after its owner, unless it is cut off. */
function startOf({ joined, cut }: Box): string {
	const second = joined === '' ? 20 : cut ? 10 : 30;
	return `2026-01-03T00:00:${second}Z`;
}

function network(kind: 'right' | 'different'): NetworkSpec {
	const config = kind === 'right' ? networkConfig : { ...networkConfig, internal: true };
	return { appId: APP, appUuid: UUID, networkName: 'n', engineName: NET, config };
}

function volume(): VolumeSpec {
	return { appId: APP, appUuid: UUID, volumeName: 'v', engineName: VOL, config: volumeConfig };
}

function volumeOf(vol: State['vol']) {
	const config = vol === 'different' ? { ...volumeConfig, driver: 'odd' } : volumeConfig;
	return { ...volume(), config, supervised: true };
}

/** Ids of the networks of that name, by state. */
export const NETWORK_IDS: Readonly<Record<State['net'], readonly string[]>> = {
	absent: [],
	right: ['n1'],
	different: ['n1'],
	twice: ['n1', 'n1b'],
	left: ['n1b'],
	fresh: ['n2'],
};

function networksOf({ net, spare }: State): readonly NetworkView[] {
	const own = NETWORK_IDS[net].map((networkId) => ({
		...network(net === 'different' ? 'different' : 'right'),
		networkId,
	}));
	const other = { ...network('right'), networkName: 'm', engineName: SPARE, networkId: 'm1' };
	return spare ? [...own, other] : own;
}

function imagesOf(svc: Svc, { pics }: State): readonly EngineImage[] {
	const { old, new: fresh, oldRow, newRow } = pics[svc];
	const tag = [`registry.test/${svc}:latest`];
	return (['old', 'new'] as const)
		.filter((content) => (content === 'old' ? old : fresh))
		.map((content) => ({
			id: engineIdOf(svc, content),
			// Recording an image gives it the tag.
			tags: (newRow === 'full' ? content === 'new' : oldRow && content === 'old') ? tag : [],
			digests: [referenceOf(svc, content)],
		}));
}

/** Rows by id: 10 for those of release 1, 20 for those of release 2, and the place of the service. */
function rowsOf(run: Run, svc: Svc, { pics }: State): readonly StoredImageRecord[] {
	const { oldRow, newRow } = pics[svc];
	const row = (release: 1 | 2, isFull: boolean): StoredImageRecord => {
		const content = contentOf(run, svc, release);
		const id = release * 10 + SVCS.indexOf(svc);
		const record = { ...identityOf(svc, release), name: referenceOf(svc, content), id };
		return isFull ? { ...record, dockerImageId: engineIdOf(svc, content) } : record;
	};
	return [...(oldRow ? [row(1, true)] : []), ...(newRow === 'none' ? [] : [row(2, newRow === 'full')])];
}

/** One mark names every container that starts with a boot. */
function rebootsIn({ reboot, boxes, config, host }: State, run: Run): RebootsMade {
	const { due, records } = rebootsOf(config, run.config);
	const containers = boxes.filter(({ young }) => young).map(({ id, svc }) => containerCause(id, svc));
	const updates = host === undefined ? [] : hostReboots(host);
	return { due: reboot === 'none' ? [] : [...containers, ...due, ...updates], records };
}
