import type { ReportOnce } from '../../lib/report-once.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CrashMemory } from '../../ports/crash-memory.ts';
import type { Deltas } from '../deltas.ts';
import type { Engine, RegistryLogin } from '../../ports/engine.ts';
import type { HandOverFiles } from '../../ports/hand-over.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import type { CommitStore, ImageStore, KeptVolumeStore } from '../../ports/stores.ts';
import type { UpdateLocks } from '../../ports/update-locks.ts';
import type { CleanupExclusions } from '../images/cleanup-exclusions.ts';
import type { DeltaAttempts } from '../images/delta-attempts.ts';
import type { ServiceExits } from '../observe/service-exits.ts';
import type { FailedStarts } from './failed-starts.ts';

export interface ExecutorOptions {
	readonly engine: Engine;
	readonly images: ImageStore;
	readonly commits: CommitStore;
	readonly locks: UpdateLocks;
	readonly handOver: HandOverFiles;
	readonly clock: Clock;
	readonly log: Log;
	readonly systemLog: SystemLog;
	/** The present name of the device: a container gets it at creation. */
	readonly deviceName: () => Promise<string>;
	/** Announces the volume of extra firmware to the operating system. */
	readonly setExtraFirmware: () => Promise<void>;
	readonly exclusions: CleanupExclusions;
	readonly crashes: Pick<CrashMemory, 'note'>;
	/** The last failure of each change: the user is notified once for each service and message (spec: planner P8). */
	readonly failures: ReportOnce;
	readonly failedStarts: FailedStarts;
	readonly exits: Pick<ServiceExits, 'starting'>;
	readonly keptVolumes: KeptVolumeStore;
	/** The login of the device at a registry; `undefined` while it has no key. */
	readonly registryLogin: () => Promise<Omit<RegistryLogin, 'serveraddress'> | undefined>;
	readonly deltas: Deltas;
	readonly deltaAttempts: DeltaAttempts;
}
