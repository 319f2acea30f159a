import type { CurrentApps, CurrentState, LocalModeTraces } from '../domain/current.ts';
import { observeHost, type ObserveHostOptions } from '../host/index.ts';
import type { MigrationBackup } from '../ports/migration-backup.ts';
import type { Observer } from '../ports/observer.ts';

export interface DeviceObserverOptions extends ObserveHostOptions {
	readonly apps: { observe(signal: AbortSignal): Promise<CurrentApps>; refresh(): void };
	readonly localMode: { traces(): Promise<LocalModeTraces>; refresh(): void };
	readonly backup: Pick<MigrationBackup, 'exists'>;
}

/** Reads the whole device: its apps, its host, and what local mode has left on it. */
export class DeviceObserver implements Observer {
	readonly #options: DeviceObserverOptions;

	constructor(options: DeviceObserverOptions) {
		this.#options = options;
	}

	refresh(): void {
		this.#options.apps.refresh();
		this.#options.localMode.refresh();
	}

	async observe(signal: AbortSignal): Promise<CurrentState> {
		const { apps, localMode, backup } = this.#options;
		const [current, host, traces, hasMigrationBackup] = await Promise.all([
			apps.observe(signal),
			observeHost(this.#options),
			localMode.traces(),
			backup.exists(),
		]);
		return { ...current, host, localMode: traces, hasMigrationBackup };
	}
}
