import { SystemBus, systemBusAddress, SystemdTransientUnits } from '../adapters/dbus/index.ts';
import { DockerInventory } from '../adapters/docker/index.ts';
import { SupervisorFiles } from '../adapters/files/index.ts';
import { Journalctl } from '../adapters/journal/index.ts';
import type { SupervisorUpdatePorts } from '../device-state/index.ts';
import type { Core } from './core.ts';
import { ownContainerNames } from './own-container.ts';

/** In the image of the supervisor. */
const SCRIPT = '/usr/src/app/update-supervisor.sh';
const READ_TIMEOUT_MS = 60_000;
/** Slow devices need minutes for the first start of an image. */
const LIMITS = { healthy: 300, proof: 60 };

export function buildSupervisorUpdate({ options, database }: Core): SupervisorUpdatePorts {
	const { environment, clock } = options;
	const inventory = new DockerInventory({ host: environment.dockerHost, readTimeoutMs: READ_TIMEOUT_MS });
	return {
		attempts: database.supervisorUpdateStore(clock),
		files: new SupervisorFiles({ rootPath: environment.rootPath, scriptPath: SCRIPT }),
		units: new SystemdTransientUnits({ bus: new SystemBus({ address: systemBusAddress(environment) }) }),
		journal: new Journalctl(),
		ownImageId: async () => {
			for (const name of ownContainerNames(environment)) {
				const parts = await inventory.partsOf(name);
				if (parts !== undefined) {
					return parts.images[0];
				}
			}
			return undefined;
		},
		limits: environment.supervisorUpdateSeconds ?? LIMITS,
	};
}
