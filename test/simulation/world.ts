import { noLocalMode } from '../support/no-local-mode.ts';
import {
	CleanupExclusions,
	DeltaAttempts,
	EngineObserver,
	EXTRA_FIRMWARE_VOLUME,
	FailedStarts,
	RepeatedFailures,
	ServiceExits,
	TargetComposer,
	type ComposeContext,
} from '../../src/application-manager/index.ts';
import { Config } from '../../src/config/index.ts';
import {
	Reconciler,
	RequestDesk,
	StatusBoard,
	StepRunner,
	WakeOnEngineEvents,
	createExecutors,
	TargetSettings,
} from '../../src/device-state/index.ts';
import type { ProposedStep } from '../../src/domain/plan.ts';
import type { RequestBody, RequestOutcome } from '../../src/domain/request.ts';
import { BootConfig, createBootPlaces, Vpn, PowerSwitch } from '../../src/host/index.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { Log, SystemLog } from '../../src/ports/log.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { makeVolume } from '../support/fake-engine-objects.ts';
import { MemoryBootStorage, MemoryUnits } from '../support/memory-boot.ts';
import { MemoryCrashes, MemoryHandOver, MemoryHost, MemoryHostConfig, noBackup } from '../support/memory-host.ts';
import {
	MemoryCommitStore,
	MemoryImageStore,
	MemoryKeptVolumeStore,
	MemoryKeyStore,
	MemoryRequestStore,
	MemoryTargetStore,
} from '../support/memory-stores.ts';
import { MemoryLockDisk, MemoryUpdateLocks } from '../support/memory-update-locks.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { silentLog } from '../support/logs.ts';
import { NO_DELTAS } from '../support/no-deltas.ts';
import { HOST, MemoryFile, MemorySettingRows } from '../unit/config/memory-setting-rows.ts';

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
export const RESYNC_MS = 300_000;

/** What outlives a crash of the supervisor: the engine, the disk, time. */
export class World {
	readonly clock: VirtualClock;
	readonly engine: FakeEngine;
	readonly images = new MemoryImageStore();
	readonly commits = new MemoryCommitStore();
	readonly targets = new MemoryTargetStore();
	readonly keys = new MemoryKeyStore();
	readonly status = new StatusBoard();
	readonly requests = new MemoryRequestStore();
	readonly lockDisk = new MemoryLockDisk();
	readonly handOver = new MemoryHandOver();
	readonly host = new MemoryHost();
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
	/** Of the present life, for the next one. */
	log: Log = silentLog;
	/** What the user reads. */
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
	readonly crashMemory: MemoryCrashes;
	readonly keptVolumes = new MemoryKeptVolumeStore();
	readonly #exclusions: CleanupExclusions;
	#requestCount = 0;
	#stop: (() => Promise<void>) | undefined;

	constructor(random: () => number) {
		this.clock = new VirtualClock(random);
		this.engine = new FakeEngine(this.clock);
		this.engine.volumes.set(EXTRA_FIRMWARE_VOLUME, EXTRA_FIRMWARE);
		this.settings.rows.set('firewallMode', 'off');
		this.units.states.set('openvpn.service', 'active');
		this.#exclusions = new CleanupExclusions(this.clock);
		this.crashMemory = new MemoryCrashes(this.clock);
	}

	/** The supervisor's core as `supervisor.ts` builds it, on this world's engine and stores. */
	start(log: Log = silentLog): void {
		this.log = log;
		const { clock, images, commits, targets, keys, status } = this;
		const abort = new AbortController();
		const engine = engineOfOneLife(this.engine, abort.signal, (call, args) => {
			this.onCall(call, args);
		});
		const failedStarts = new FailedStarts();
		const exits = new ServiceExits(this.systemLog);
		const power = new PowerSwitch({ power: this.host, clock, log });
		const locks = new MemoryUpdateLocks(this.lockDisk);
		const configParts = this.#createConfigParts(log, () => {
			reconciler.wake('config');
		});
		const executors = createExecutors({
			...configParts,
			localMode: noLocalMode,
			hostConfig: this.hostConfig,
			engine,
			images,
			commits,
			locks,
			handOver: this.handOver,
			rebootMark: this.host,
			backup: noBackup,
			power,
			clock,
			log,
			failures: new RepeatedFailures(),
			failedStarts,
			exits,
			keptVolumes: this.keptVolumes,
			systemLog: this.systemLog,
			deviceName: () => Promise.resolve('sim'),
			registryLogin: () => Promise.resolve(undefined),
			deltas: NO_DELTAS,
			deltaAttempts: new DeltaAttempts(clock),
			setExtraFirmware: () => {
				this.extraFirmwareSet = true;
				return Promise.resolve();
			},
			exclusions: this.#exclusions,
			crashes: this.crashMemory,
		});
		const desk = new RequestDesk({
			store: this.requests,
			newId: () => `request ${++this.#requestCount}`,
			clock,
			changed: () => {
				reconciler.wake('request');
			},
		});
		this.submit = (body, { force = false } = {}) => desk.submit(body, { force });
		this.update = (options) => {
			reconciler.update(options);
		};
		const runner = new StepRunner({
			executors,
			clock,
			log,
			backoff: (code) => ({ firstMs: 1000, maxMs: 300_000, jitter: code === 'updates-locked' ? 0 : 0.2 }),
			stuckAfter: 3,
			settled: (step, end) => {
				reconciler.stepEnded(step, end);
			},
			progressed: () => undefined,
			crashed: (error) => {
				this.crashes.push(error);
			},
		});
		const reconciler = new Reconciler({
			observer: this.createObserver(engine, { power, locks, failedStarts }),
			targets: new TargetComposer({
				targets,
				engine,
				keys,
				log,
				systemLog: this.systemLog,
				context: () => Promise.resolve(context),
				config: Object.values(configParts),
			}),
			runner,
			requests: desk,
			status,
			clock,
			log,
			systemLog: this.systemLog,
			policy: () => ({
				maxPulls: 4,
				maxSteps: 8,
				keepImages: false,
				keepVolumes: false,
				ownImage: OWN_IMAGE,
				localMode: false,
				lockOverride: this.lockOverride,
			}),
			resyncMs: RESYNC_MS,
			gather: { fromSteps: 4, ms: 30 },
			observeBackoff: { firstMs: 1000, maxMs: 30_000, jitter: 0.2 },
			onSession: () => undefined,
		});
		const unsubscribe = targets.onChange(() => {
			reconciler.wake('target');
		});
		const countPass = status.onChange(({ plan }) => {
			if (plan !== undefined) {
				configParts.vpn.planned(plan);
			}
			this.passes += 1;
			this.onPass();
		});
		this.inFlight = () => runner.inFlight();
		const fail = (error: unknown) => {
			this.crashes.push(error);
		};
		void desk
			.start()
			.then(() => reconciler.run(abort.signal))
			.catch(fail);
		void new WakeOnEngineEvents({
			engine,
			wake: (reason) => {
				reconciler.wake(reason);
			},
			tell: (event) => {
				exits.note(event);
			},
		})
			.run(abort.signal)
			.catch(fail);
		this.#stop = async () => {
			abort.abort();
			runner.cancelExcept(new Set()); // the connection breaks, and the engine gives up the pull
			unsubscribe();
			countPass();
			this.#stop = undefined;
			await Promise.resolve();
		};
	}

	#createConfigParts(log: Log, wake: () => void) {
		const { clock, systemLog, units, boot: storage } = this;
		const host = { ...HOST, deviceType: () => Promise.resolve({ slug: this.deviceType, arch: 'amd64' }) };
		const config = new Config({ rows: this.settings, configJson: this.configJson, host, version: '20.0.0' });
		const settings = new TargetSettings({ config, systemLog });
		config.onChange(() => {
			settings.refresh();
			wake();
		});
		return {
			settings,
			boot: new BootConfig({
				places: createBootPlaces({ storage, config, log, systemLog }),
				partition: storage.partition,
				deviceType: () => config.get('deviceType'),
				metaRelease: () => Promise.resolve(undefined),
				log,
				systemLog,
			}),
			vpn: new Vpn({ units, isManaged: () => Promise.resolve(true), clock, log, systemLog, changed: wake }),
		};
	}

	createObserver(
		engine: Engine = this.engine,
		{
			power = { goingDown: false },
			locks = new MemoryUpdateLocks(this.lockDisk),
			failedStarts = new FailedStarts(),
		} = {},
	): EngineObserver {
		const { images, commits, host } = this;
		return new EngineObserver({
			engine,
			images,
			commits,
			exclusions: this.#exclusions,
			crashes: this.crashMemory,
			failedStarts,
			keptVolumes: this.keptVolumes,
			clock: this.clock,
			locks,
			rebootMark: host,
			backup: noBackup,
			power,
			hostConfig: this.hostConfig,
			extraFirmware: { isSet: () => Promise.resolve(this.extraFirmwareSet) },
			localMode: noLocalMode,
		});
	}

	/** Power of the supervisor is cut; calls that the engine has already got go on there. */
	async crash(): Promise<void> {
		await this.#stop?.();
		this.inFlight = () => [];
	}
}

/** After a crash nobody hears the engine's answers any more: what a step would have done next does not happen. */
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
			if (name === 'events' || name === 'refresh') {
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
