import type { Config } from '../../config/index.ts';
import type { HostConfigChange } from '../../domain/host-config.ts';
import type { BootConfig, Vpn } from '../../host/index.ts';
import type { ReportOnce } from '../../lib/report-once.ts';
import type { Engine } from '../../ports/engine.ts';
import type { HostPower, RebootMark } from '../../ports/host-power.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import type { MigrationBackup } from '../../ports/migration-backup.ts';
import type { RebootStore } from '../../ports/reboot-store.ts';
import type { UpdateLocks } from '../../ports/update-locks.ts';

/** The parts that the steps of the device need. */
export interface DeviceExecutorOptions {
	readonly engine: Pick<Engine, 'createVolume' | 'listVolumes'>;
	readonly locks: UpdateLocks;
	readonly rebootMark: RebootMark;
	readonly reboots: RebootStore;
	readonly power: HostPower & { resume(): void };
	readonly backup: MigrationBackup;
	readonly log: Log;
	readonly systemLog: SystemLog;
	/** The last failure of each change, of which the user was notified. */
	readonly failures: ReportOnce;
	readonly config: Pick<Config, 'set'>;
	readonly boot: Pick<BootConfig, 'findDifferences' | 'write' | 'refresh'>;
	readonly localMode: { takeSnapshot(): Promise<void>; cleanUp(): Promise<void> };
	readonly hostConfig: { apply(requestId: string, change: HostConfigChange): Promise<void> };
	readonly vpn: Pick<Vpn, 'set'>;
}
