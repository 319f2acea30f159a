import { comparedSettings, type Config } from '../config/index.ts';
import type { CurrentBoot, CurrentConfig, CurrentVpn } from '../domain/device-config.ts';

interface ObservedPart<T> {
	observe(): Promise<T>;
	refresh(): void;
}

export interface ConfigObserverOptions {
	readonly config: Pick<Config, 'current' | 'read'>;
	readonly boot: ObservedPart<CurrentBoot>;
	readonly vpn: ObservedPart<CurrentVpn>;
}

/** Observes the device's own configuration. Called in every pass, so each part is cached until it may have changed. */
export class ConfigObserver {
	readonly #options: ConfigObserverOptions;
	/** Another process may have written settings. */
	#isStale = true;

	constructor(options: ConfigObserverOptions) {
		this.#options = options;
	}

	async observe(): Promise<CurrentConfig> {
		const { boot, vpn } = this.#options;
		const [settings, currentBoot] = await Promise.all([this.#observeSettings(), boot.observe()]);
		// Without a cloud the VPN is not compared, so systemd is not asked.
		const currentVpn: CurrentVpn = settings['unmanaged'] === true ? { state: 'unknown' } : await vpn.observe();
		return { settings, boot: currentBoot, vpn: currentVpn };
	}

	/** Boot files may have changed: a new target is compared with their present content. */
	targetChanged(): void {
		this.#options.boot.refresh();
	}

	/** Any part may have changed. */
	refresh(): void {
		this.#isStale = true;
		this.#options.boot.refresh();
		this.#options.vpn.refresh();
	}

	async #observeSettings(): Promise<CurrentConfig['settings']> {
		const { config } = this.#options;
		if (this.#isStale) {
			await config.read();
			this.#isStale = false;
		}
		return comparedSettings(config.current());
	}
}
