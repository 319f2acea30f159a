import type { CurrentApps, CurrentState, LocalModeTraces } from '../domain/current.ts';
import type { CurrentConfig } from '../domain/device-config.ts';
import type { CurrentHostOs } from '../domain/host-os.ts';
import type { CurrentSupervisor } from '../domain/supervisor-update.ts';
import { observeHost, type ObserveHostOptions } from '../host/index.ts';
import type { MigrationBackup } from '../ports/migration-backup.ts';
import type { Observer } from './observer.ts';

interface DeviceObserverOptions extends ObserveHostOptions {
	readonly apps: { observe(signal: AbortSignal): Promise<CurrentApps>; refresh(): void };
	readonly localMode: { traces(): Promise<LocalModeTraces>; refresh(): void };
	readonly backup: Pick<MigrationBackup, 'exists'>;
	/** `undefined`: the target has no host app, and nothing is read. */
	readonly hostOs: { observe(): Promise<CurrentHostOs | undefined> };
	readonly deviceConfig: { observe(): Promise<CurrentConfig>; refresh(): void };
	/** `undefined`: nothing is to be done about the supervisor itself. */
	readonly ownSupervisor: { observe(): Promise<CurrentSupervisor | undefined> };
}

/** Observes the whole device: its apps, its host, its own configuration, and the remains of local mode. */
export class DeviceObserver implements Observer {
	readonly #options: DeviceObserverOptions;

	constructor(options: DeviceObserverOptions) {
		this.#options = options;
	}

	refresh(): void {
		this.#options.apps.refresh();
		this.#options.localMode.refresh();
		this.#options.deviceConfig.refresh();
	}

	async observe(signal: AbortSignal): Promise<CurrentState> {
		const { apps, localMode, backup, deviceConfig, hostOs, ownSupervisor } = this.#options;
		const [current, host, config, traces, hasMigrationBackup, os, supervisor] = await Promise.all([
			apps.observe(signal),
			observeHost(this.#options),
			deviceConfig.observe(),
			localMode.traces(),
			backup.exists(),
			hostOs.observe(),
			ownSupervisor.observe(),
		]);
		return {
			...current,
			host: { ...host, ...config, ...(os === undefined ? {} : { os }) },
			localMode: traces,
			hasMigrationBackup,
			...(supervisor === undefined ? {} : { supervisor }),
		};
	}
}
