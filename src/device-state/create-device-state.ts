import {
	AppsObserver,
	CleanupExclusions,
	DeltaAttempts,
	FailedStarts,
	ServiceExits,
	TargetComposer,
	type ComposeContext,
	type ContractFacts,
} from '../application-manager/index.ts';
import type { LocalModeTraces } from '../domain/current.ts';
import { HostOs, PowerSwitch, type HostOsOptions } from '../host/index.ts';
import { ReportOnce } from '../lib/report-once.ts';
import type { CrashMemory } from '../ports/crash-memory.ts';
import type { Engine } from '../ports/engine.ts';
import type { HostPower } from '../ports/host-power.ts';
import type { KeyStore, TargetStore } from '../ports/stores.ts';
import { createLoop, type Loop, type LoopOptions } from './create-loop.ts';
import { createExecutors, type AllExecutorOptions } from './execute/index.ts';
import type { HostOsPorts } from './execute/host-os-executors.ts';
import { ConfigObserver, type ConfigObserverOptions } from './observe-config.ts';
import { DeviceObserver } from './observe-device.ts';
import { SupervisorObserver } from './observe-supervisor.ts';

/** Services and images come and go: the latest failures are enough. */
const FAILURES_MAX = 500;

/** Parts that are created here, and start empty with each process. */
type Memories = 'exclusions' | 'failures' | 'failedStarts' | 'exits' | 'deltaAttempts';

export interface DeviceStatePorts
	extends
		Omit<AllExecutorOptions, Memories | 'setExtraFirmware' | 'power' | 'hostOs'>,
		Omit<LoopOptions, 'observer' | 'targets' | 'executors'> {
	readonly engine: Engine;
	readonly targets: TargetStore;
	readonly keys: KeyStore;
	readonly crashes: CrashMemory;
	readonly power: HostPower;
	readonly hostOs: Omit<HostOsPorts, 'support'> & Pick<HostOsOptions, 'osRelease' | 'hasRollbackBreadcrumb'>;
	readonly extraFirmware: { isSet(): Promise<boolean>; set(): Promise<void> };
	readonly localMode: AllExecutorOptions['localMode'] & { traces(): Promise<LocalModeTraces>; refresh(): void };
	readonly hostConfig: AllExecutorOptions['hostConfig'] & { readonly lastChange: string | undefined };
	readonly config: AllExecutorOptions['config'] & ConfigObserverOptions['config'];
	readonly boot: AllExecutorOptions['boot'] & ConfigObserverOptions['boot'];
	readonly vpn: AllExecutorOptions['vpn'] & ConfigObserverOptions['vpn'];
	/** The facts that services are composed with: the same object until one changes. */
	readonly context: { read(): Promise<ComposeContext> };
	readonly contractFacts: () => Promise<ContractFacts>;
	/** Calls back when a setting has changed. Returns a function that stops this. */
	readonly onSettingsChange: (listener: () => void) => () => void;
}

export interface DeviceState extends Loop {
	readonly observer: DeviceObserver;
	readonly composer: TargetComposer;
	readonly power: PowerSwitch;
	/** Removes every listener that was added. */
	readonly close: () => void;
}

/**
 * Builds the parts that keep a device at its target from ports, which are the only difference between the product, the
 * simulation and the tests on an engine. Nothing runs before `tracker.start` and `reconciler.run`.
 */
export function createDeviceState(ports: DeviceStatePorts): DeviceState {
	const { clock, log, systemLog, extraFirmware } = ports;
	const power = new PowerSwitch({ power: withHostUpdates(ports), clock, log: log.child('host') });
	const support = new HostOs({ ...ports.hostOs, clock });
	const memories = {
		exclusions: new CleanupExclusions(clock),
		failures: new ReportOnce({ keysMax: FAILURES_MAX }),
		failedStarts: new FailedStarts(),
		exits: new ServiceExits(systemLog),
		deltaAttempts: new DeltaAttempts(clock),
	};
	const shared = { ...ports, ...memories, power, hostOs: { ...ports.hostOs, support } };
	const deviceConfig = new ConfigObserver(ports);
	const hostOs = { observe: async () => ((await wantsHostOs(ports)) ? await support.observe() : undefined) };
	const ownSupervisor = new SupervisorObserver({ ...ports, log: log.child('host') });
	const apps = new AppsObserver(shared);
	const observer = new DeviceObserver({ ...shared, deviceConfig, hostOs, ownSupervisor, apps });
	const composer = createComposer(ports);
	const executors = createExecutors({
		...shared,
		log: log.child('steps'),
		setExtraFirmware: () => extraFirmware.set(),
	});
	const loop = createLoop({ ...ports, observer, targets: composer, executors });
	return {
		...loop,
		observer,
		composer,
		power,
		close: connect(ports, loop, { power, deviceConfig, exits: memories.exits }),
	};
}

/** The target is kept in memory: a device without a host app pays for nothing else. */
async function wantsHostOs({ targets }: DeviceStatePorts): Promise<boolean> {
	const document = await targets.read();
	return document?.apps.some(({ isHost }) => isHost) === true;
}

/** While our updater runs, too, no reboot is made (spec: host-update 3.7). */
function withHostUpdates({ power, hostOs }: DeviceStatePorts): HostPower {
	return {
		isHostUpdating: async () => (await power.isHostUpdating()) || (await hostOs.marks.read())?.state === 'started',
		reboot: () => power.reboot(),
		powerOff: () => power.powerOff(),
	};
}

function createComposer({ targets, engine, keys, log, systemLog, ...ports }: DeviceStatePorts): TargetComposer {
	return new TargetComposer({
		targets,
		engine,
		keys,
		log: log.child('target'),
		systemLog,
		context: () => ports.context.read(),
		contractFacts: ports.contractFacts,
	});
}

/** Connects events with caches that become stale, and with the loop that they wake. */
function connect(
	ports: DeviceStatePorts,
	{ reconciler }: Loop,
	parts: { readonly power: PowerSwitch; readonly deviceConfig: ConfigObserver; readonly exits: ServiceExits },
): () => void {
	const { targets, localMode, engine } = ports;
	const { power, deviceConfig, exits } = parts;
	const removers = [
		engine.onEvent((event) => {
			exits.note(event); // for the user only: the loop observes by itself
			reconciler.wake('engine');
		}),
		ports.onSettingsChange(() => {
			localMode.refresh();
			reconciler.wake('config');
		}),
		targets.onChange(() => {
			deviceConfig.targetChanged();
			reconciler.targetChanged();
		}),
		power.onChange(() => {
			reconciler.wake('config'); // the caller that requested a reboot gets its answer before the system is asked
		}),
	];
	return () => {
		removers.forEach((remove) => {
			remove();
		});
	};
}
