import type { ComposeContext } from '../../src/application-manager/index.ts';
import { StatusBoard, type DeviceStatePorts } from '../../src/device-state/index.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { plainConfigPorts } from './device-config.ts';
import { silentLog } from './logs.ts';
import { MemoryCrashes, MemoryHandOver, MemoryHost, MemoryHostConfig, noBackup } from './memory-host.ts';
import { hostOsPorts, MemoryHostOs, MemoryHostUpdateStore } from './memory-host-os.ts';
import {
	MemoryCommitStore,
	MemoryImageStore,
	MemoryKeptVolumeStore,
	MemoryKeyStore,
	MemoryRebootStore,
	MemoryRequestStore,
	MemoryTargetStore,
} from './memory-stores.ts';
import { MemorySupervisorHost, MemorySupervisorUpdateStore, supervisorPorts } from './memory-supervisor.ts';
import { MemoryLockDisk, MemoryUpdateLocks } from './memory-update-locks.ts';
import { NO_DELTAS } from './no-deltas.ts';
import { noLocalMode } from './no-local-mode.ts';

/** Ports of a device whose host does nothing of itself, with stores in memory. For tests that give a few parts of their own. */
export function idlePorts(options: {
	readonly engine: Engine;
	readonly clock: Clock;
	readonly context: ComposeContext;
}): DeviceStatePorts {
	const { engine, clock, context } = options;
	const host = new MemoryHost();
	let requestCount = 0;
	return {
		engine,
		clock,
		contractFacts: () => Promise.resolve({ supervisorVersion: '20.0.0', deviceType: 'sim', deviceArch: 'amd64' }),
		images: new MemoryImageStore(),
		commits: new MemoryCommitStore(),
		targets: new MemoryTargetStore(),
		keys: new MemoryKeyStore(),
		keptVolumes: new MemoryKeptVolumeStore(),
		crashes: new MemoryCrashes(clock),
		requests: new MemoryRequestStore(),
		locks: new MemoryUpdateLocks(new MemoryLockDisk()),
		handOver: new MemoryHandOver(),
		rebootMark: host,
		reboots: new MemoryRebootStore(),
		power: host,
		backup: noBackup,
		localMode: noLocalMode,
		hostConfig: new MemoryHostConfig(),
		context: { read: () => Promise.resolve(context) },
		extraFirmware: { isSet: () => Promise.resolve(true), set: () => Promise.resolve() },
		deviceName: () => Promise.resolve(context.deviceName),
		registryLogin: () => Promise.resolve(undefined),
		deltas: NO_DELTAS,
		hostOs: hostOsPorts(new MemoryHostOs(), new MemoryHostUpdateStore(clock)),
		supervisor: supervisorPorts(new MemorySupervisorHost(), new MemorySupervisorUpdateStore(clock)),
		...plainConfigPorts,
		settings: () => ({
			localMode: false,
			lockOverride: false,
			delta: false,
			pollIntervalMs: 300_000,
			bootstrapRetryDelayMs: 30_000,
		}),
		onSettingsChange: () => () => undefined,
		newId: () => `request ${++requestCount}`,
		ownImage: 'balena/amd64-supervisor:v20',
		status: new StatusBoard(),
		log: silentLog,
		systemLog: { write: () => undefined },
		crashed: (error) => {
			throw error;
		},
	};
}
