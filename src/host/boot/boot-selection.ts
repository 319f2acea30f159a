import type { BootBackendName, CurrentBoot } from '../../domain/device-config.ts';
import type { BootPartition } from '../../ports/boot-storage.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { selectBootBackends } from '../boot-config/index.ts';
import type { BootLocation } from './boot-location.ts';
import { EXTRA_UENV_FILE } from './boot-locations.ts';

export interface BootSelectionOptions {
	readonly places: Readonly<Record<BootBackendName, BootLocation>>;
	readonly partition: Pick<BootPartition, 'list'>;
	/** `undefined` while it is unknown. */
	readonly deviceType: () => Promise<string | undefined>;
	/** `META_BALENA_VERSION` of os-release. */
	readonly metaRelease: () => Promise<string | undefined>;
	readonly log: Log;
}

interface Selection extends Pick<CurrentBoot, 'deviceType'> {
	readonly places: readonly BootLocation[];
}

/** Selects the boot backends of this device once, and initialises each once (spec: host 3.1). */
export class BootSelection {
	readonly #options: BootSelectionOptions;
	readonly #initialised = new Set<BootLocation>();
	#selection: Promise<Selection> | undefined;

	constructor(options: BootSelectionOptions) {
		this.#options = options;
	}

	/** While the device type is unknown, only the backends of every device, and the next call selects again. */
	async get(): Promise<Selection> {
		if (this.#selection !== undefined) {
			return await this.#selection;
		}
		const selecting = this.#choose();
		this.#selection = selecting;
		const isKnown = await selecting.then(
			({ deviceType }) => deviceType !== '',
			() => false,
		);
		if (!isKnown && this.#selection === selecting) {
			this.#selection = undefined;
		}
		return await selecting;
	}

	async #choose(): Promise<Selection> {
		const { places } = this.#options;
		const files = await this.#listPartition();
		const deviceType = (files && (await this.#options.deviceType())) ?? '';
		const metaRelease = await this.#options.metaRelease();
		const hasExtraUEnv = files?.includes(EXTRA_UENV_FILE) === true;
		const selected = selectBootBackends({ deviceType, metaRelease, hasExtraUEnv });
		for (const name of selected) {
			await this.#initialise(name);
		}
		return { deviceType, places: selected.map((name) => places[name]) };
	}

	/** `undefined`: the partition cannot be read. */
	async #listPartition(): Promise<readonly string[] | undefined> {
		try {
			return await this.#options.partition.list('');
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			return undefined; // listed again the next time; the error of reading its files names the cause
		}
	}

	async #initialise(name: BootBackendName): Promise<void> {
		const { places, log } = this.#options;
		const place = places[name];
		if (this.#initialised.has(place)) {
			return;
		}
		this.#initialised.add(place);
		try {
			await place.initialise();
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			log.warn('cannot initialise the boot configuration', { backend: name, error: error.message });
		}
	}
}
