import type { Clock } from '../../ports/clock.ts';
import type { BootClock } from '../../ports/history-store.ts';
import { OperationalError } from '../../ports/operational-error.ts';

interface BootClockOptions {
	readonly clock: Pick<Clock, 'now' | 'wall'>;
	/** Of the kernel; `undefined`: it does not say. */
	readonly readBootId: () => Promise<string | undefined>;
	/** Since the host booted, ms. */
	readonly uptimeMs: () => number;
	/** Whether a time server keeps the clock. Rejects with an `OperationalError` if that is unknown. */
	readonly isSynchronised: () => Promise<boolean>;
}

/** Larger differences are a clock that was set; smaller ones come from reading two clocks. */
const NOISE_MS = 2000;
/** The host is asked again after this time, while its clock is not set. */
const ASK_EVERY_MS = 30_000;
/** No device of this program has lived before. */
const PLAUSIBLE_FROM = Date.UTC(2024, 0, 1);

/** The clock of this boot: what it says, and whether that can be believed (spec: v3-api 1.2). */
export class BootClockReader {
	readonly #options: BootClockOptions;
	#boot: string | undefined;
	/** From the monotonic clock of the process to the age of the boot. */
	#ageOffsetMs: number | undefined;
	#bootedAt: number | undefined;
	#isSynchronised = false;
	#askedAt: number | undefined;
	/** This host has a service that knows. */
	#hasAnswer = false;

	constructor(options: BootClockOptions) {
		this.#options = options;
	}

	/** As last asked. */
	get isSynchronised(): boolean {
		return this.#isSynchronised;
	}

	/** Of the kernel: one for each boot. Asks no service of the host, which may be slow to answer. */
	async readBoot(): Promise<string> {
		this.#boot ??= (await this.#options.readBootId()) ?? '';
		return this.#boot;
	}

	/** `setByMs`: how far the clock was set since the last call. */
	async read(): Promise<BootClock & { readonly setByMs?: number }> {
		const boot = await this.readBoot();
		await this.#ask();
		const before = this.#bootedAt;
		const now = this.#computeBootedAt();
		const setByMs = before === undefined ? 0 : now - before;
		const isSet = Math.abs(setByMs) > NOISE_MS;
		this.#bootedAt = isSet ? now : (before ?? now);
		const shared = { boot, bootedAt: this.#bootedAt, isSynchronised: this.#isSynchronised };
		return isSet ? { ...shared, setByMs } : shared;
	}

	/** Since the last `read`. */
	async hasChanged(): Promise<boolean> {
		const { isSynchronised } = this;
		await this.#ask();
		const isSet = this.#bootedAt !== undefined && Math.abs(this.#computeBootedAt() - this.#bootedAt) > NOISE_MS;
		return isSet || isSynchronised !== this.#isSynchronised;
	}

	#computeBootedAt(): number {
		const { clock, uptimeMs } = this.#options;
		this.#ageOffsetMs ??= uptimeMs() - clock.now();
		return Math.round(clock.wall().getTime() - (clock.now() + this.#ageOffsetMs));
	}

	/** Once set, it stays good for this boot: a device that loses its network keeps counting. */
	async #ask(): Promise<void> {
		const { clock, isSynchronised } = this.#options;
		const now = clock.now();
		if (this.#isSynchronised || (this.#askedAt !== undefined && now < this.#askedAt + ASK_EVERY_MS)) {
			return;
		}
		this.#askedAt = now;
		try {
			this.#isSynchronised = await isSynchronised();
			this.#hasAnswer = true;
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			// A host without a service that knows. One that has answered before is only away.
			this.#isSynchronised = !this.#hasAnswer && clock.wall().getTime() >= PLAUSIBLE_FROM;
		}
	}
}
