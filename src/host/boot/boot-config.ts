import isEqual from 'lodash/isEqual.js';
import { normaliseVariables } from '../../config/index.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import type { ChangedBoot, ConfigChanges } from '../../domain/target.ts';
import type { BootPartition } from '../../ports/boot-storage.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import type { ConfigPart } from '../../ports/observer.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import {
	bootVariablesOf,
	selectBootBackends,
	type BootBackendName,
	type BootResult,
	type BootVariables,
} from '../boot-config/index.ts';
import { EXTRA_UENV_FILE } from './boot-places.ts';
import type { BootPlace, ComparedPlace } from './boot-place.ts';

export interface BootConfigOptions {
	readonly places: Readonly<Record<BootBackendName, BootPlace>>;
	readonly partition: Pick<BootPartition, 'list'>;
	/** `undefined` as long as nobody can say. */
	readonly deviceType: () => Promise<string | undefined>;
	/** `META_BALENA_VERSION` of os-release. */
	readonly metaRelease: () => Promise<string | undefined>;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

interface Selection {
	readonly deviceType: string;
	readonly places: readonly BootPlace[];
}

interface Comparison {
	readonly places: readonly ComparedPlace[];
	readonly refusal: ChangedBoot['refusal'];
}

/**
 * Boot configuration of this device (spec: host 3). Backends are chosen and made ready once; what they keep is read when
 * the target's variables change and after `refresh`, since nobody but us writes it.
 */
export class BootConfig implements ConfigPart {
	readonly #options: BootConfigOptions;
	#selection: Promise<Selection> | undefined;
	readonly #initialised = new Set<BootPlace>();
	readonly #changes = new StaleCache(() => this.#findChanges(this.#target ?? {}));
	#target: BootVariables | undefined;
	/** By backend: what was last said of it. */
	readonly #warned = new Map<BootBackendName, string>();
	#toldFailure: string | undefined;

	constructor(options: BootConfigOptions) {
		this.#options = options;
	}

	async changes(variables: Readonly<Record<string, string>>): Promise<ConfigChanges> {
		const target = normaliseVariables(variables);
		if (!isEqual(this.#target, target)) {
			this.#target = target;
			this.#toldFailure = undefined;
			this.#changes.invalidate();
		}
		return await this.#changes.get();
	}

	refresh(): void {
		this.#changes.invalidate();
	}

	/** What is set on the device, in the form of variables, whoever set it. A place that cannot be read has none. */
	async readVariables(): Promise<BootVariables> {
		const { places } = await this.#select();
		const all: Record<string, string> = {};
		for (const place of places) {
			const options = await answer(() => place.read());
			if (options.ok) {
				Object.assign(all, bootVariablesOf(place.rules, options.value));
			} else {
				this.#warn(place, [options.message]);
			}
		}
		return all;
	}

	/** Writes what differs. Done again, there is nothing left to write. */
	async apply(variables: BootVariables): Promise<void> {
		const { systemLog } = this.#options;
		try {
			const { places, refusal } = await this.#compare(variables);
			if (refusal !== undefined) {
				throw new OperationalError('boot-config-refused', refusal.message, { retry: 'later' });
			}
			for (const place of places) {
				await this.#write(place);
			}
			this.#toldFailure = undefined;
		} catch (error) {
			const text = messageOf(error);
			if (text !== this.#toldFailure) {
				this.#toldFailure = text; // it is tried again, and its user knows already
				systemLog.write(text, { error: true });
			}
			throw error;
		} finally {
			this.refresh();
		}
	}

	async #write(place: ComparedPlace): Promise<void> {
		const { systemLog } = this.#options;
		if (this.#toldFailure === undefined) {
			systemLog.write(`Applying boot config: ${JSON.stringify(place.asked)}`);
		}
		await place.write();
		systemLog.write(`Applied boot config: ${JSON.stringify(place.options)}`);
	}

	async #findChanges(target: BootVariables): Promise<ConfigChanges> {
		const { places } = await this.#select();
		const mine = Object.entries(target).filter(([name]) => places.some(({ rules }) => rules.isBootVariable(name)));
		const variables = Object.fromEntries(mine);
		const { places: changed, refusal } = await this.#compare(variables);
		if (changed.length === 0 && refusal === undefined) {
			return {};
		}
		const backends = changed.map(({ rules, asked, needsReboot }) => ({
			name: rules.name,
			options: asked,
			needsReboot,
		}));
		const boot: ChangedBoot = { variables, backends, ...(refusal !== undefined && { refusal }) };
		return { boot };
	}

	/** What differs, and the first thing that may not or cannot be done. */
	async #compare(variables: BootVariables): Promise<Comparison> {
		const { places, deviceType } = await this.#select();
		const changed: ComparedPlace[] = [];
		let refusal: Comparison['refusal'];
		for (const place of places) {
			const compared = await answer(() => place.compare(variables, deviceType));
			if (compared.ok) {
				this.#warn(place, compared.warnings);
				changed.push(...(compared.value.isChanged ? [compared.value] : []));
			} else if (Object.keys(variables).some(place.rules.isBootVariable)) {
				refusal ??= { name: place.rules.name, message: compared.message };
			} else {
				this.#warn(place, [compared.message]); // nobody asks anything of it
			}
		}
		return { places: changed, refusal };
	}

	/** As long as the type of device is not known, only what every device has; and that is looked at again. */
	async #select(): Promise<Selection> {
		if (this.#selection === undefined) {
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
		return await this.#selection;
	}

	async #choose(): Promise<Selection> {
		const { places } = this.#options;
		const names = await this.#listPartition();
		const deviceType = (names && (await this.#options.deviceType())) ?? '';
		const metaRelease = await this.#options.metaRelease();
		const rules = selectBootBackends({
			deviceType,
			metaRelease,
			hasExtraUEnv: names?.includes(EXTRA_UENV_FILE) === true,
		});
		const selected = rules.map(({ name }) => places[name]);
		for (const place of selected.filter((each) => !this.#initialised.has(each))) {
			this.#initialised.add(place);
			await this.#initialise(place);
		}
		return { deviceType, places: selected };
	}

	/** `undefined`: it cannot be seen. */
	async #listPartition(): Promise<readonly string[] | undefined> {
		try {
			return await this.#options.partition.list('');
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			return undefined; // looked at again, and who reads a file of it says what is wrong
		}
	}

	async #initialise(place: BootPlace): Promise<void> {
		try {
			await place.initialise();
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			this.#options.log.warn('boot configuration could not be made ready', {
				backend: place.rules.name,
				error: error.message,
			});
		}
	}

	/** When they are new: the same file is read again and again. */
	#warn({ rules: { name } }: BootPlace, warnings: readonly string[]): void {
		const text = warnings.join('\n');
		if (text !== (this.#warned.get(name) ?? '')) {
			warnings.forEach((warning) => {
				this.#options.log.warn('boot configuration is not as expected', { backend: name, warning });
			});
		}
		this.#warned.set(name, text);
	}
}

/** What cannot be read or written is an answer too: the rest of the device goes on. */
async function answer<T>(ask: () => Promise<BootResult<T>>): Promise<BootResult<T>> {
	try {
		return await ask();
	} catch (error) {
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		return { ok: false, message: error.message };
	}
}

function messageOf(error: unknown): string {
	return error instanceof OperationalError && error.code === 'boot-config-refused'
		? error.message
		: `Error setting boot config: ${error instanceof Error ? error.message : String(error)}`;
}
