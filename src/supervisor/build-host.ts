import { dirname } from 'node:path';
import {
	BusAbilities,
	LogindPower,
	SystemBus,
	systemBusAddress,
	SystemdTransientUnits,
	SystemdUnits,
} from '../adapters/dbus/index.ts';
import {
	BootDeviceFile,
	BootPartitionFiles,
	hasRollbackBreadcrumb,
	HostUpdateMarkFile,
	LockFolderHandOver,
	RebootMarkFile,
	SystemProxyFiles,
	UpdateLockFiles,
} from '../adapters/files/index.ts';
import { ConfigFsTables, MigrationBackupFiles, UpdaterFiles } from '../adapters/host/index.ts';
import { DockerContainerFiles } from '../adapters/docker/index.ts';
import { Journalctl } from '../adapters/journal/index.ts';
import { readDeviceType } from '../config/index.ts';
import { BootConfig, createBootLocations, Discoverability, HostConfig, Vpn } from '../host/index.ts';
import type { DeviceStatePorts } from '../device-state/index.ts';
import type { Component } from '../lib/lifecycle.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { HostAbilities } from '../ports/host-abilities.ts';
import type { HandOverFiles } from '../ports/hand-over.ts';
import type { MigrationBackup } from '../ports/migration-backup.ts';
import type { HostPower, RebootMark } from '../ports/host-power.ts';
import type { UpdateLocks } from '../ports/update-locks.ts';
import type { Core } from './core.ts';

/** Builds the parts that use services and files of the operating system. */
interface Host {
	readonly locks: UpdateLocks;
	readonly handOver: HandOverFiles;
	readonly rebootMark: RebootMark;
	readonly power: HostPower;
	readonly boot: BootConfig;
	readonly hostConfig: HostConfig;
	readonly discoverability: Discoverability;
	/** Ends the calls to the system bus when the process ends. */
	readonly systemBus: Component;
	readonly abilities: HostAbilities;
	readonly vpn: Vpn;
	readonly hostOs: DeviceStatePorts['hostOs'];
	readonly backup: MigrationBackup;
}

export function buildHost(core: Core): Host {
	const { options, config } = core;
	const { clock, environment } = options;
	const { rootPath, bootPath, statePath } = environment;
	const bus = new SystemBus({ address: systemBusAddress(environment) });
	const units = new SystemdUnits(bus);
	const discoverability = new Discoverability({
		units,
		isWanted: async () => (await config.read()).hostDiscoverability,
		log: options.log.child('host'),
	});
	config.onChange((next, previous) => {
		if (next.hostDiscoverability !== previous.hostDiscoverability) {
			discoverability.changed();
		}
	});
	return {
		discoverability,
		systemBus: {
			name: 'system bus',
			run: async (signal) => {
				await untilAborted(signal);
				bus.endSoon();
			},
		},
		locks: new UpdateLockFiles(rootPath),
		handOver: new LockFolderHandOver(rootPath),
		rebootMark: new RebootMarkFile({ rootPath, clock }),
		power: new LogindPower({ bus, isHostUpdating: () => hasRollbackBreadcrumb(statePath) }),
		boot: buildBootConfig(core),
		hostConfig: new HostConfig({
			files: new SystemProxyFiles({ rootPath, bootPath }),
			units,
			config,
			log: options.log.child('host'),
		}),
		backup: new MigrationBackupFiles({ archivePath: environment.migrationBackupPath, rootPath }),
		abilities: new BusAbilities(bus),
		vpn: new Vpn({ units }),
		hostOs: buildHostOs(core, bus),
	};
}

function buildHostOs({ options, database, hostFacts }: Core, bus: SystemBus): Host['hostOs'] {
	const { clock, environment } = options;
	const { rootPath, statePath, databasePath, dockerHost: host } = environment;
	return {
		osRelease: () => hostFacts.osRelease(),
		hasRollbackBreadcrumb: () => hasRollbackBreadcrumb(statePath),
		records: database.hostUpdateStore(clock),
		marks: new HostUpdateMarkFile({ rootPath }),
		folder: new UpdaterFiles({ rootPath, dataPath: dirname(databasePath) }),
		files: new DockerContainerFiles({ host }),
		units: new SystemdTransientUnits({ bus }),
		journal: new Journalctl(),
	};
}

function buildBootConfig({ options, config, hostFacts, systemLog }: Core): BootConfig {
	const { rootPath, bootPath } = options.environment;
	const log = options.log.child('boot');
	const partition = new BootPartitionFiles({ bootPath });
	const storage = { partition, device: BootDeviceFile.below(rootPath), acpi: new ConfigFsTables({ rootPath }) };
	return new BootConfig({
		places: createBootLocations({ storage, config, log, systemLog }),
		partition,
		deviceType: async () => {
			const { slug } = await readDeviceType(hostFacts);
			return slug === 'unknown' ? undefined : slug;
		},
		metaRelease: async () => (await hostFacts.osRelease())?.get('META_BALENA_VERSION'),
		log,
	});
}
