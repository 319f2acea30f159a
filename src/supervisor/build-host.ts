import { LogindPower, SystemBus, systemBusAddress } from '../adapters/dbus/index.ts';
import { hasRollbackBreadcrumb, LockFolderHandOver, RebootMarkFile, UpdateLockFiles } from '../adapters/files/index.ts';
import { PowerSwitch } from '../application-manager/index.ts';
import type { HandOverFiles } from '../ports/hand-over.ts';
import type { RebootMark } from '../ports/host-power.ts';
import type { UpdateLocks } from '../ports/update-locks.ts';
import type { Core } from './core.ts';

/** What the operating system does for us, and what lies on its file systems. */
export interface Host {
	readonly locks: UpdateLocks;
	readonly handOver: HandOverFiles;
	readonly rebootMark: RebootMark;
	readonly power: PowerSwitch;
}

export function buildHost({ options }: Core): Host {
	const { clock, environment } = options;
	const { rootPath, statePath } = environment;
	const bus = new SystemBus({ address: systemBusAddress(environment) });
	return {
		locks: new UpdateLockFiles(rootPath),
		handOver: new LockFolderHandOver(rootPath),
		rebootMark: new RebootMarkFile({ rootPath, clock }),
		power: new PowerSwitch({
			power: new LogindPower({ bus, isHostUpdating: () => hasRollbackBreadcrumb(statePath) }),
			clock,
			log: options.log.child('host'),
		}),
	};
}
