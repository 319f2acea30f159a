import type { CurrentBoot } from '../../domain/device-config.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import {
	compareBackends,
	currentBootVariables,
	type BootDifferences,
	type BootOptions,
	type BootVariables,
	type ChangedBackend,
} from '../boot-config/index.ts';
import { BootSelection, type BootSelectionOptions } from './boot-selection.ts';

type BootConfigOptions = BootSelectionOptions;

/** Reads and writes the boot configuration of this device (spec: host 3). The planner compares it with a target. */
export class BootConfig {
	readonly #places: BootSelectionOptions['places'];
	readonly #selection: BootSelection;
	readonly #current = new StaleCache(() => this.#read());

	constructor(options: BootConfigOptions) {
		this.#places = options.places;
		this.#selection = new BootSelection(options);
	}

	/** Called in every pass: reads again only after `refresh`. */
	observe(): Promise<CurrentBoot> {
		return this.#current.get();
	}

	/** The cached content may be outdated. */
	refresh(): void {
		this.#current.invalidate();
	}

	/** The present options, in the form of variables. */
	async readVariables(): Promise<BootVariables> {
		return currentBootVariables(await this.#read());
	}

	/** The changes that these variables make now: reads the boot files again, because other programs write them too. */
	async findDifferences(variables: BootVariables): Promise<BootDifferences> {
		return compareBackends(await this.#read(), variables);
	}

	async write({ name, options }: Pick<ChangedBackend, 'name'> & { readonly options: BootOptions }): Promise<void> {
		const { deviceType } = await this.#selection.get();
		await this.#places[name].write(options, deviceType);
	}

	async #read(): Promise<CurrentBoot> {
		const { places, deviceType } = await this.#selection.get();
		const backends: CurrentBoot['backends'][number][] = [];
		for (const place of places) {
			backends.push(await place.observe());
		}
		return { deviceType, backends };
	}
}
