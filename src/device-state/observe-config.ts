import { COMPARED_KEYS, type Config } from '../config/index.ts';
import type { CurrentBoot, CurrentConfig, CurrentSettings, CurrentVpn } from '../domain/device-config.ts';
import { StaleCache } from '../lib/stale-cache.ts';

interface ObservedPart<T> {
	observe(): Promise<T>;
	refresh(): void;
}

export interface ConfigObserverOptions {
	readonly config: Pick<Config, 'getMany'>;
	readonly boot: ObservedPart<CurrentBoot>;
	readonly vpn: ObservedPart<CurrentVpn>;
}

/** Observes the device's own configuration. Called in every pass, so each part is cached until it may have changed. */
export class ConfigObserver {
	readonly #options: ConfigObserverOptions;
	readonly #settings: StaleCache<CurrentSettings>;

	constructor(options: ConfigObserverOptions) {
		this.#options = options;
		this.#settings = new StaleCache(() => options.config.getMany(COMPARED_KEYS));
	}

	async observe(): Promise<CurrentConfig> {
		const { boot, vpn } = this.#options;
		const [settings, currentBoot] = await Promise.all([this.#settings.get(), boot.observe()]);
		// Without a cloud the VPN is not compared, so systemd is not asked.
		const currentVpn: CurrentVpn = settings['unmanaged'] === true ? { state: 'unknown' } : await vpn.observe();
		return { settings, boot: currentBoot, vpn: currentVpn };
	}

	settingsChanged(): void {
		this.#settings.invalidate();
	}

	/** Boot files may have changed: a new target is compared with their present content. */
	targetChanged(): void {
		this.#options.boot.refresh();
	}

	/** Any part may have changed. */
	refresh(): void {
		this.#settings.invalidate();
		this.#options.boot.refresh();
		this.#options.vpn.refresh();
	}
}
