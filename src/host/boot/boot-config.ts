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

/** Boot configuration of this device, read and written (spec: host 3). What a target changes in it, the planner says. */
export class BootConfig {
	readonly #places: BootSelectionOptions['places'];
	readonly #selection: BootSelection;
	readonly #current = new StaleCache(() => this.#read());

	constructor(options: BootConfigOptions) {
		this.#places = options.places;
		this.#selection = new BootSelection(options);
	}

	/** Asked in every pass: read again only after `refresh`. */
	observe(): Promise<CurrentBoot> {
		return this.#current.get();
	}

	/** What is kept may have changed. */
	refresh(): void {
		this.#current.invalidate();
	}

	/** What is set on the device, in the form of variables. */
	async readVariables(): Promise<BootVariables> {
		return currentBootVariables(await this.#read());
	}

	/** What these variables change now: boot files are read again, since others write them too. */
	async findDifferences(variables: BootVariables): Promise<BootDifferences> {
		return compareBackends(await this.#read(), variables);
	}

	async write({ name, options }: Pick<ChangedBackend, 'name'> & { readonly options: BootOptions }): Promise<void> {
		await this.#places[name].write(options);
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
