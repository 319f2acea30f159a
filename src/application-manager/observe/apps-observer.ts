import type { CurrentApp, CurrentApps } from '../../domain/current.ts';
import type { Decoded } from '../../domain/issue.ts';
import type { NetworkView, VolumeView } from '../../domain/engine-objects.ts';
import type { ContainerView } from '../../domain/service.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerInspection, Engine, NetworkInspection } from '../../ports/engine.ts';
import type { CrashMemory } from '../../ports/crash-memory.ts';
import type { CommitStore, ImageStore, KeptVolumeStore } from '../../ports/stores.ts';
import type { UpdateLocks } from '../../ports/update-locks.ts';
import {
	EXTRA_FIRMWARE_VOLUME,
	isSupervisorNetwork,
	readContainer,
	readNetwork,
	readVolume,
} from '../compose/index.ts';
import type { CleanupExclusions } from '../images/cleanup-exclusions.ts';
import type { FailedStarts } from '../execute/failed-starts.ts';
import { toEngineImage } from '../images/to-engine-image.ts';
import { ContainersOverTime } from './containers-over-time.ts';
import { EngineSteadiness } from './engine-steadiness.ts';
import { YoungImages } from './young-images.ts';

interface AppsObserverOptions {
	readonly engine: Engine;
	readonly images: ImageStore;
	readonly commits: CommitStore;
	/** Where the volume of extra firmware is announced to the operating system. */
	readonly extraFirmware: { isSet(): Promise<boolean> };
	readonly exclusions: CleanupExclusions;
	readonly crashes: Pick<CrashMemory, 'list'>;
	readonly failedStarts: Pick<FailedStarts, 'list' | 'keep'>;
	readonly keptVolumes: Pick<KeptVolumeStore, 'list'>;
	readonly clock: Pick<Clock, 'now'>;
	readonly locks: Pick<UpdateLocks, 'held' | 'refresh'>;
}

/** Reads what the engine and our own tables show of apps (spec: compose 4, 6.2, 7.2, 10.2). */
export class AppsObserver {
	readonly #options: AppsObserverOptions;
	/** The engine adapter returns the same inspection until it changes, so each is converted once. */
	readonly #containers = new WeakMap<ContainerInspection, Decoded<ContainerView>>();

	readonly #overTime: ContainersOverTime;
	readonly #steadiness: EngineSteadiness;
	readonly #youngImages: YoungImages;
	/** The last observation has failed. */
	#hasFailed = false;

	constructor(options: AppsObserverOptions) {
		this.#options = options;
		this.#overTime = new ContainersOverTime(options.clock);
		this.#youngImages = new YoungImages(options.clock);
		this.#steadiness = new EngineSteadiness(options.engine, options.clock);
	}

	refresh(): void {
		this.#options.engine.refresh();
		this.#options.locks.refresh();
	}

	async observe(signal: AbortSignal): Promise<CurrentApps> {
		if (this.#hasFailed) {
			// A socket that nothing reads yet would keep each of the reads for a minute; this has a limit of two seconds.
			await this.#options.engine.ping();
		}
		this.#hasFailed = true;
		const current = await this.#observe(signal);
		this.#hasFailed = false;
		return current;
	}

	async #observe(signal: AbortSignal): Promise<CurrentApps> {
		const { engine, exclusions, locks, crashes } = this.#options;
		const [containers, networks, volumes, images, own, held, crashed] = await Promise.all([
			engine.listContainers(signal),
			engine.listNetworks(signal),
			engine.listVolumes(signal),
			engine.listImages(signal),
			this.#readOwn(),
			locks.held(),
			crashes.list(),
		]);
		const apps = new AppsBuilder();
		const views: ContainerView[] = [];
		for (const inspection of containers) {
			const view = this.#read(inspection);
			apps.addContainer(inspection, view);
			if (view.ok) {
				views.push(view.value);
			}
		}
		for (const network of networks) {
			apps.addNetwork(network);
		}
		for (const volume of volumes) {
			const view = readVolume(volume);
			if (view !== undefined) {
				apps.addVolume(view);
			}
		}
		const engineImages = images.map(toEngineImage);
		const volumeNames = new Set(volumes.map(({ Name }) => Name));
		return {
			apps: apps.build(own.reached),
			images: engineImages,
			volumes: [...volumeNames],
			imageRecords: own.records,
			// One that the engine shows without a name may be it.
			supervisorNetworkReady: networks.some((n) => n.Name === '' || isSupervisorNetwork(n)),
			extraFirmwareReady: own.firmwareSet && volumes.some(({ Name }) => Name === EXTRA_FIRMWARE_VOLUME),
			excludedImages: new Set([...exclusions.list(), ...this.#youngImages.look(engineImages)]),
			crashes: crashed,
			...(await this.#followContainers(views)),
			keptVolumes: own.kept.filter(({ name }) => volumeNames.has(name)),
			locks: held,
			unreadable: apps.unreadable,
		};
	}

	/** Reads our own tables. */
	async #readOwn() {
		const { images, commits, extraFirmware, keptVolumes } = this.#options;
		const [records, reached, firmwareSet, kept] = await Promise.all([
			images.list(),
			commits.list(),
			extraFirmware.isSet(),
			keptVolumes.list(),
		]);
		return { records, reached, firmwareSet, kept };
	}

	/** Facts about containers that need several observations. */
	async #followContainers(views: readonly ContainerView[]) {
		const { failedStarts } = this.#options;
		const ids = new Set(views.map(({ containerId }) => containerId));
		failedStarts.keep((id) => ids.has(id));
		const unsteadyUntil = await this.#steadiness.look(views);
		return { ...this.#overTime.look(views), failedStarts: failedStarts.list(), unsteadyUntil };
	}

	#read(inspection: ContainerInspection): Decoded<ContainerView> {
		let view = this.#containers.get(inspection);
		if (view === undefined) {
			view =
				inspection.Unreadable === undefined
					? readContainer(inspection)
					: { ok: false, issues: [{ path: '', message: inspection.Unreadable }] };
			this.#containers.set(inspection, view);
		}
		return view;
	}
}

interface AppParts {
	containers: ContainerView[];
	networks: NetworkView[];
	volumes: VolumeView[];
}

/** Sorts live objects by app. */
class AppsBuilder {
	readonly #apps = new Map<number, AppParts>();
	readonly unreadable: CurrentApps['unreadable'][number][] = [];

	addContainer(inspection: ContainerInspection, view: Decoded<ContainerView>): void {
		if (view.ok) {
			this.#partsOf(view.value.appId).containers.push(view.value);
			return;
		}
		this.#addUnreadable(appIdOf(inspection.Config.Labels), `container ${inspection.Name}`, view.issues);
	}

	addNetwork(inspection: NetworkInspection): void {
		const view = readNetwork(inspection);
		if (view === undefined) {
			return;
		}
		if (view.ok) {
			this.#partsOf(view.value.appId).networks.push(view.value);
		} else {
			// One with our label and a name that no network of ours has stops no app.
			const appId = inspection.Unreadable === undefined ? undefined : appIdOf(inspection.Labels);
			this.#addUnreadable(appId, `network ${inspection.Name}`, view.issues);
		}
	}

	addVolume(view: VolumeView): void {
		this.#partsOf(view.appId).volumes.push(view);
	}

	build(reached: ReadonlyMap<number, string>): readonly CurrentApp[] {
		return [...this.#apps].map(([appId, parts]) => {
			const uuid = [...parts.containers, ...parts.volumes, ...parts.networks].find(
				(part) => part.appUuid !== undefined,
			);
			const commit = reached.get(appId);
			return {
				appId,
				...parts,
				...(uuid?.appUuid === undefined ? {} : { appUuid: uuid.appUuid }),
				...(commit === undefined ? {} : { commit }),
			};
		});
	}

	#partsOf(appId: number): AppParts {
		let parts = this.#apps.get(appId);
		if (parts === undefined) {
			parts = { containers: [], networks: [], volumes: [] };
			this.#apps.set(appId, parts);
		}
		return parts;
	}

	#addUnreadable(appId: number | undefined, path: string, issues: readonly { readonly message: string }[]): void {
		const message = issues.map((issue) => issue.message).join('; ');
		this.unreadable.push({ ...(appId === undefined ? {} : { appId }), issue: { path, message } });
	}
}

function appIdOf(labels: Readonly<Record<string, string>> | null): number | undefined {
	const label = labels?.['io.balena.app-id'] ?? labels?.['io.resin.app-id'] ?? '';
	return /^\d+$/.test(label) ? Number(label) : undefined;
}
