import { randomUUID } from 'node:crypto';
import { readFile, stat, utimes } from 'node:fs/promises';
import { uptime } from 'node:os';
import { dirname } from 'node:path';
import { isSameCause, type RebootCause } from '../../domain/reboot.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClaimedMark, RebootMark, RebootMarkState } from '../../ports/host-power.ts';
import { readBootIdOfKernel } from './boot-id.ts';
import { systemCodeOf, toFileError } from './file-error.ts';
import { makeFolder, writeAtomically } from './write-file.ts';

/** The two clocks drift against each other by less than this, and setting one moves it by more. */
const DRIFT_MS_MAX = 1000;

interface RebootMarkFileOptions {
	readonly rootPath: string;
	readonly clock: Pick<Clock, 'wall'>;
	/** Of the host: containers share its kernel. */
	readonly uptimeSeconds?: () => number;
	/** `undefined`: unknown; then the times decide, as in v19. */
	readonly readBootId?: () => Promise<string | undefined>;
}

/** What we write into the file. v19, which only touches it, leaves it empty. */
interface Content extends ClaimedMark {
	readonly bootId: string;
}

/**
 * On the tmpfs of the host, which a boot clears (spec: planner 6.3). Where it does not, the file names the boot in which
 * it was set. Its time decides only if it names none: wall clocks jump, and then a mark would be lost, or stay for ever.
 */
export class RebootMarkFile implements RebootMark {
	readonly #path: string;
	readonly #clock: Pick<Clock, 'wall'>;
	readonly #uptimeSeconds: () => number;
	readonly #readBootId: () => Promise<string | undefined>;
	#bootId: Promise<string | undefined> | undefined;
	#bootedAtMs: number | undefined;

	constructor({ rootPath, clock, uptimeSeconds = uptime, readBootId = readBootIdOfKernel }: RebootMarkFileOptions) {
		this.#path = `${rootPath}/tmp/balena-supervisor/reboot-after-apply`;
		this.#clock = clock;
		this.#uptimeSeconds = uptimeSeconds;
		this.#readBootId = readBootId;
	}

	async state(): Promise<RebootMarkState> {
		try {
			const { mtimeMs } = await stat(this.#path);
			const [content, bootId] = [await this.#read(), await this.#currentBootId()];
			const isOfThisBoot =
				content === undefined || content.bootId === '' || bootId === undefined
					? mtimeMs > this.#bootTime()
					: content.bootId === bootId;
			return isOfThisBoot ? 'required' : 'done';
		} catch (error) {
			if (systemCodeOf(error) === 'ENOENT') {
				return 'none';
			}
			throw toFileError('file-unreadable', this.#path, error);
		}
	}

	async causes(): Promise<readonly RebootCause[]> {
		return (await this.#own())?.causes ?? [];
	}

	async set(cause?: RebootCause): Promise<void> {
		const { id = randomUUID(), causes = [] } = (await this.#own()) ?? {};
		const isKnown = cause === undefined || causes.some((each) => isSameCause(each, cause));
		await this.#write({ id, causes: isKnown ? causes : [...causes, cause] });
	}

	async claim(): Promise<ClaimedMark> {
		const own = await this.#own();
		if (own !== undefined) {
			return own;
		}
		const mark = { id: randomUUID(), causes: [] };
		await this.#write(mark);
		return mark;
	}

	bootedAt(): Promise<string> {
		return Promise.resolve(new Date(this.#bootTime()).toISOString());
	}

	/** The content, if it is ours and of this boot. */
	async #own(): Promise<ClaimedMark | undefined> {
		if ((await this.state()) !== 'required') {
			return undefined;
		}
		try {
			const content = await this.#read();
			return content && { id: content.id, causes: content.causes };
		} catch (error) {
			throw toFileError('file-unreadable', this.#path, error);
		}
	}

	async #read(): Promise<Content | undefined> {
		return parseContent(await readFile(this.#path, 'utf8'));
	}

	async #write(mark: ClaimedMark): Promise<void> {
		const now = this.#clock.wall();
		const content: Content = { bootId: (await this.#currentBootId()) ?? '', ...mark };
		try {
			await makeFolder(dirname(this.#path));
			await writeAtomically(this.#path, JSON.stringify(content));
			await utimes(this.#path, now, now); // by the clock that its time is compared with
		} catch (error) {
			throw toFileError('file-unwritable', this.#path, error);
		}
	}

	#currentBootId(): Promise<string | undefined> {
		this.#bootId ??= this.#readBootId();
		return this.#bootId;
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

/** `undefined`: not ours, so it says nothing but that it is there. */
function parseContent(text: string): Content | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	if (typeof value !== 'object' || value === null) {
		return undefined;
	}
	const { bootId, id, causes }: Readonly<Record<string, unknown>> = { ...value };
	return typeof bootId === 'string' && typeof id === 'string' && Array.isArray(causes)
		? { bootId, id, causes: causes.filter(isCause) }
		: undefined;
}

function isCause(value: unknown): value is RebootCause {
	if (typeof value !== 'object' || value === null) {
		return false;
	}
	const { scope, what }: Readonly<Record<string, unknown>> = { ...value };
	return typeof scope === 'string' && typeof what === 'string';
}
