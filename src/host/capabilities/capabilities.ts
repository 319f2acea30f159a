import { CAPABILITIES, type CapabilityName, type Finding, type Findings } from '../../domain/capability.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { orAborted } from '../../lib/until-aborted.ts';
import { waitFor } from '../../lib/wait-for.ts';
import { WakeSignal } from '../../lib/wake-signal.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { CONSEQUENCES } from './consequences.ts';
import { findEngineCapabilities, findHostCapabilities, type CapabilitySources } from './find-capabilities.ts';

interface CapabilitiesOptions extends CapabilitySources {
	readonly clock: Pick<Clock, 'sleep'>;
	readonly log: Log;
}

/** Most only change with a boot. Each look costs some calls on the system bus. */
const LOOK_MS = 10 * 60_000;

/**
 * What this host can do: looked for at the start, every ten minutes, and, of the engine, when it is back. What is missing
 * is logged once, with what does not work because of it. Nothing waits for it. Owns what was found last.
 */
export class Capabilities {
	readonly name = 'capabilities';
	readonly #options: CapabilitiesOptions;
	readonly #wake = new WakeSignal<'engine'>();
	#found: Findings = {};

	constructor(options: CapabilitiesOptions) {
		this.#options = options;
	}

	/** Those that were not looked for yet are left out. */
	current(): Findings {
		return this.#found;
	}

	/** The engine has started, perhaps with another version. */
	engineChanged(): void {
		this.#wake.wake('engine');
	}

	async run(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			this.#wake.take();
			await this.#look(findEngineCapabilities, signal);
			await this.#look(findHostCapabilities, signal);
			await this.#untilNextLook(signal);
		}
	}

	async #untilNextLook(signal: AbortSignal): Promise<void> {
		const { clock } = this.#options;
		while ((await waitFor({ wake: this.#wake, ms: LOOK_MS, clock, signal })) === 'wake' && !signal.aborted) {
			this.#wake.take();
			await this.#look(findEngineCapabilities, signal);
		}
	}

	/** A stop waits for no engine and no bus, and what they do not answer then is not missing. */
	async #look(find: (sources: CapabilitySources) => Promise<Findings>, signal: AbortSignal): Promise<void> {
		if (signal.aborted) {
			return;
		}
		try {
			this.#note(await orAborted(find(this.#options), signal));
		} catch (error) {
			if (!isAborted(signal)) {
				throw error;
			}
		}
	}

	#note(findings: Findings): void {
		for (const name of CAPABILITIES) {
			const finding = findings[name];
			if (finding !== undefined && isOther(finding, this.#found[name])) {
				this.#log(name, finding, this.#found[name]);
			}
		}
		this.#found = { ...this.#found, ...findings };
	}

	#log(name: CapabilityName, { isAvailable, detail }: Finding, last: Finding | undefined): void {
		const { log } = this.#options;
		if (!isAvailable) {
			log.info(`missing on this host: ${name}; ${CONSEQUENCES[name]}`, { reason: detail });
		} else if (last?.isAvailable === false) {
			log.info(`now on this host: ${name}`, { detail });
		} else {
			log.debug('capability of the host', { name, detail });
		}
	}
}

function isOther(one: Finding, other: Finding | undefined): boolean {
	return one.isAvailable !== other?.isAvailable || one.detail !== other.detail;
}
