import { EXTRA_FIRMWARE_VOLUME, type ComposeContext } from '../../src/application-manager/index.ts';
import { Config } from '../../src/config/index.ts';
import {
	createDeviceState,
	LocalMode,
	LOOP_DEFAULTS,
	StatusBoard,
	type DeviceStatePorts,
} from '../../src/device-state/index.ts';
import type { CurrentState } from '../../src/domain/current.ts';
import type { ProposedStep } from '../../src/domain/plan.ts';
import type { RequestBody, RequestOutcome } from '../../src/domain/request.ts';
import type { TargetState } from '../../src/domain/target.ts';
import { BootConfig, createBootLocations, Vpn } from '../../src/host/index.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { Log, SystemLog } from '../../src/ports/log.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { makeVolume } from '../support/fake-engine-objects.ts';
import { FakeInventory } from '../support/fake-inventory.ts';
import { hostOsPorts, MemoryHostOs, MemoryHostUpdateStore } from '../support/memory-host-os.ts';
import { idlePorts } from '../support/idle-ports.ts';
import { MemorySupervisorHost, MemorySupervisorUpdateStore, supervisorPorts } from '../support/memory-supervisor.ts';
import { MemoryBootStorage, MemoryUnits } from '../support/memory-boot.ts';
import { MemoryCrashes, MemoryHandOver, MemoryHost, MemoryHostConfig } from '../support/memory-host.ts';
import {
	MemoryCommitStore,
	MemoryImageStore,
	MemoryKeptVolumeStore,
	MemoryKeyStore,
	MemoryRebootStore,
	MemoryRequestStore,
	MemorySnapshotStore,
	MemoryTargetStore,
} from '../support/memory-stores.ts';
import { MemoryLockDisk, MemoryUpdateLocks } from '../support/memory-update-locks.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { silentLog } from '../support/logs.ts';
import { configJsonOf, MemoryFile, MemorySettingRows } from '../unit/config/memory-setting-rows.ts';

export const context: ComposeContext = {
	deviceUuid: 'd'.repeat(32),
	deviceName: 'sim',
	deviceType: 'generic-amd64',
	deviceArch: 'amd64',
	hostOsVersion: 'balenaOS 6.0.0',
	hostname: 'sim',
	deviceApiKey: 'k'.repeat(32),
	apiEndpoint: 'https://api.example.com',
	listenPort: 48484,
	supervisorHost: '10.114.104.1',
	dockerSocket: '/var/run/docker.sock',
	hasKernelModules: true,
	hasFirmware: true,
};

const EXTRA_FIRMWARE = makeVolume(EXTRA_FIRMWARE_VOLUME, {}, { instance: 0 });
const NEVER = new Promise<never>(() => undefined);
const OWN_IMAGE = 'balena/amd64-supervisor:v20';
export const RESYNC_MS = LOOP_DEFAULTS.resyncMs;
/** Ceiling of the pauses after failures. */
const POLL_INTERVAL_MS = 300_000;

/** What survives a crash of the supervisor: the engine, the disk, time. */
export class World {
	readonly clock: VirtualClock;
	readonly engine: FakeEngine;
	readonly images = new MemoryImageStore();
	readonly commits = new MemoryCommitStore();
	readonly targets = new MemoryTargetStore(() => this.isLocalMode());
	readonly snapshots = new MemorySnapshotStore();
	readonly keys = new MemoryKeyStore();
	readonly status = new StatusBoard();
	readonly requests = new MemoryRequestStore();
	readonly lockDisk = new MemoryLockDisk();
	readonly handOver = new MemoryHandOver();
	readonly host = new MemoryHost();
	readonly reboots = new MemoryRebootStore();
	readonly hostConfig = new MemoryHostConfig();
	readonly boot = new MemoryBootStorage();
	readonly units = new MemoryUnits();
	/** config.json, and the settings in the database: all as a target without variables wants it. */
	readonly configJson = new MemoryFile({ apiEndpoint: 'https://api.example.com' });
	readonly settings = new MemorySettingRows();
	/** What boot configuration depends on. */
	deviceType = 'generic-amd64';
	lockOverride = false;
	submit: (body: RequestBody, options?: { readonly force?: boolean }) => Promise<RequestOutcome> = () => NEVER;
	update: (options: { readonly force: boolean }) => void = () => undefined;
	/** As config.json says. */
	extraFirmwareSet = true;
	/** Of the running supervisor, for the next one. */
	log: Log = silentLog;
	/** The user's log. */
	systemLog: SystemLog = { write: () => undefined };
	/** Bugs: anything thrown that is not an operational failure. */
	readonly crashes: unknown[] = [];
	/** Passes since the start of the world. */
	passes = 0;
	inFlight: () => readonly ProposedStep[] = () => [];
	/** Called before each call of the supervisor to the engine. */
	onCall: (call: string, args: readonly unknown[]) => void = () => undefined;
	/** Called at the end of each pass. */
	onPass: () => void = () => undefined;
	/** Called when local mode was entered or left. */
	onLocalMode: () => void = () => undefined;
	readonly crashMemory: MemoryCrashes;
	readonly hostOs = new MemoryHostOs();
	readonly hostUpdates: MemoryHostUpdateStore;
	readonly supervisorHost = new MemorySupervisorHost();
	readonly supervisorUpdates: MemorySupervisorUpdateStore;
	readonly keptVolumes = new MemoryKeptVolumeStore();
	#requestCount = 0;
	#stop: (() => Promise<void>) | undefined;
	readonly #crashed = (error: unknown): void => {
		this.crashes.push(error);
	};

	constructor(random: () => number) {
		this.clock = new VirtualClock(random);
		this.engine = new FakeEngine(this.clock);
		this.engine.volumes.set(EXTRA_FIRMWARE_VOLUME, EXTRA_FIRMWARE);
		this.settings.rows.set('firewallMode', 'off');
		this.units.states.set('openvpn.service', 'active');
		this.crashMemory = new MemoryCrashes(this.clock);
		this.hostUpdates = new MemoryHostUpdateStore(this.clock);
		this.supervisorUpdates = new MemorySupervisorUpdateStore(this.clock);
	}

	/** The supervisor's core as it is built for a device, on this world's engine and stores. */
	start(log: Log = silentLog): void {
		this.log = log;
		const abort = new AbortController();
		const engine = engineOfOneLife(this.engine, abort.signal, (call, args) => {
			this.onCall(call, args);
		});
		const { tracker, runner, reconciler, close } = createDeviceState(this.#ports(engine, log, abort.signal));
		this.submit = (body, { force = false } = {}) => tracker.submit(body, { force });
		this.update = (options) => {
			reconciler.update(options);
		};
		this.inFlight = () => runner.inFlight();
		void tracker
			.start()
			.then(() => reconciler.run(abort.signal))
			.catch(this.#crashed);
		void engine.run(abort.signal).catch(this.#crashed);
		const countPass = this.status.onChange(() => {
			this.passes += 1;
			this.onPass();
		});
		this.#stop = async () => {
			abort.abort();
			runner.cancelExcept(new Set()); // the connection breaks, and the engine gives up the pull
			close();
			countPass();
			this.#stop = undefined;
			await Promise.resolve();
		};
	}

	/** Everything but the engine in memory. */
	#ports(engine: Engine, log: Log, life = new AbortController().signal): DeviceStatePorts {
		const { clock, systemLog } = this;
		return {
			...idlePorts({ engine, clock, context }),
			...this.#createDeviceConfig(log),
			localMode: this.#createLocalMode(life, log),
			images: this.images,
			commits: this.commits,
			targets: this.targets,
			keys: this.keys,
			keptVolumes: this.keptVolumes,
			crashes: this.crashMemory,
			requests: this.requests,
			locks: new MemoryUpdateLocks(this.lockDisk),
			handOver: this.handOver,
			rebootMark: this.host,
			hostOs: hostOsPorts(this.hostOs, this.hostUpdates),
			reboots: this.reboots,
			supervisor: supervisorPorts(this.supervisorHost, this.supervisorUpdates),
			power: this.host,
			hostConfig: this.hostConfig,
			extraFirmware: {
				isSet: () => Promise.resolve(this.extraFirmwareSet),
				set: () => {
					this.extraFirmwareSet = true;
					return Promise.resolve();
				},
			},
			settings: () => ({
				localMode: this.isLocalMode(),
				lockOverride: this.lockOverride,
				delta: false,
				pollIntervalMs: POLL_INTERVAL_MS,
				bootstrapRetryDelayMs: 30_000,
			}),
			newId: () => `request ${++this.#requestCount}`, // unique across restarts
			ownImage: OWN_IMAGE,
			status: this.status,
			log,
			systemLog,
			crashed: this.#crashed,
		};
	}

	#createDeviceConfig(log: Log): Pick<DeviceStatePorts, 'config' | 'boot' | 'vpn' | 'onSettingsChange'> {
		const { systemLog, units, boot: storage } = this;
		const config = new Config({ rows: this.settings, configJson: configJsonOf(this.configJson), log });
		const boot = new BootConfig({
			places: createBootLocations({ storage, config, log, systemLog }),
			partition: storage.partition,
			deviceType: () => Promise.resolve(this.deviceType),
			metaRelease: () => Promise.resolve(undefined),
			log,
		});
		config.onChange((next, previous) => {
			if (next.localMode !== previous.localMode) {
				this.onLocalMode();
				this.targets.sourceChanged();
			}
		});
		return { config, boot, vpn: new Vpn({ units }), onSettingsChange: (listener) => config.onChange(listener) };
	}

	isLocalMode(): boolean {
		return this.settings.rows.get('localMode') === 'true';
	}

	#createLocalMode(life: AbortSignal, log: Log): LocalMode {
		const { engine, snapshots, targets, clock } = this;
		return new LocalMode({
			inventory: new FakeInventory(
				engine,
				engineOfOneLife(engine, life, () => undefined),
			),
			engine,
			snapshots,
			apps: targets,
			keptVolumes: () => Promise.resolve(targets.cloudVolumes()),
			ownNames: ['supervisor'],
			clock,
			log,
		});
	}

	/** Observes the device and composes the stored target, without a running supervisor. */
	async look(
		signal: AbortSignal,
	): Promise<{ readonly current: CurrentState; readonly target: TargetState | undefined }> {
		const { observer, composer, close } = createDeviceState(this.#ports(this.engine, silentLog));
		try {
			const current = await observer.observe(signal);
			return { current, target: await composer.read(current, signal) };
		} finally {
			close();
		}
	}

	/** Cuts the power of the supervisor; calls that the engine already has continue there. */
	async crash(): Promise<void> {
		await this.#stop?.();
		this.inFlight = () => [];
	}
}

/** After a crash the engine's answers are lost: the rest of a step does not happen. */
function engineOfOneLife(
	engine: FakeEngine,
	life: AbortSignal,
	onCall: (call: string, args: readonly unknown[]) => void,
): Engine {
	const never = new Promise<never>(() => undefined);
	const hear = async (answer: Promise<unknown>): Promise<unknown> => {
		try {
			const value = await answer;
			return await (life.aborted ? never : value);
		} catch (error) {
			if (life.aborted) {
				return never;
			}
			throw error;
		}
	};
	return new Proxy<Engine>(engine, {
		get: (target, name: keyof Engine) => {
			// One handler for all methods: it adds nothing to their arguments and answers.
			const method = target[name].bind(target) as (...args: unknown[]) => unknown;
			if (name === 'run' || name === 'onEvent' || name === 'refresh') {
				return method;
			}
			return (...args: unknown[]) => {
				if (life.aborted) {
					return never;
				}
				onCall(name, args);
				return hear(method(...args) as Promise<unknown>);
			};
		},
	});
}
