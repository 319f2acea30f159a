import { open, stat, utimes } from 'node:fs/promises';
import { uptime } from 'node:os';
import { dirname } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { RebootMark, RebootMarkState } from '../../ports/host-power.ts';
import { systemCodeOf, toFileError } from './file-error.ts';
import { makeFolder } from './write-file.ts';

/** The two clocks drift against each other by less than this, and setting one moves it by more. */
const DRIFT_MS_MAX = 1000;

interface RebootMarkFileOptions {
	readonly rootPath: string;
	readonly clock: Pick<Clock, 'wall'>;
	/** Of the host: containers share its kernel. */
	readonly uptimeSeconds?: () => number;
}

/**
 * On the tmpfs of the host, which a boot clears. Where it does not, the time of the file shows that it is older (spec:
 * planner 6.3).
 */
export class RebootMarkFile implements RebootMark {
	readonly #path: string;
	readonly #clock: Pick<Clock, 'wall'>;
	readonly #uptimeSeconds: () => number;
	#bootedAtMs: number | undefined;

	constructor({ rootPath, clock, uptimeSeconds = uptime }: RebootMarkFileOptions) {
		this.#path = `${rootPath}/tmp/balena-supervisor/reboot-after-apply`;
		this.#clock = clock;
		this.#uptimeSeconds = uptimeSeconds;
	}

	async state(): Promise<RebootMarkState> {
		try {
			const { mtimeMs } = await stat(this.#path);
			return mtimeMs > this.#bootTime() ? 'required' : 'done';
		} catch (error) {
			if (systemCodeOf(error) === 'ENOENT') {
				return 'none';
			}
			throw toFileError('file-unreadable', this.#path, error);
		}
	}

	async set(): Promise<void> {
		const now = this.#clock.wall();
		try {
			await makeFolder(dirname(this.#path));
			await (await open(this.#path, 'a')).close(); // the mark itself, in case of a power cut right after
			await utimes(this.#path, now, now);
		} catch (error) {
			throw toFileError('file-unwritable', this.#path, error);
		}
	}

	bootedAt(): Promise<string> {
		return Promise.resolve(new Date(this.#bootTime()).toISOString());
	}

	/** The same object each time until the wall clock is set, so that facts with it compare equal. */
	#bootTime(): number {
		const bootedAtMs = this.#clock.wall().getTime() - this.#uptimeSeconds() * 1000;
		if (this.#bootedAtMs === undefined || Math.abs(bootedAtMs - this.#bootedAtMs) > DRIFT_MS_MAX) {
			this.#bootedAtMs = bootedAtMs;
		}
		return this.#bootedAtMs;
	}
}
