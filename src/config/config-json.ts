import { isDeepStrictEqual } from 'node:util';
import type { PlainObject } from '../lib/is-plain-object.ts';
import { ReportOnce } from '../lib/report-once.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { ConfigCopy, SharedTextFile } from '../ports/settings.ts';
import { describeProblem, judgeContent, type Content } from './config-content.ts';
import { ConfigError } from './config-error.ts';
import { replaceUnusable } from './decode-settings.ts';
import { LastGoodCopy } from './last-good-copy.ts';
import { addChanges, applyChanges, type PropertyChanges } from './property-changes.ts';

interface ConfigJsonOptions {
	readonly file: SharedTextFile;
	readonly copy: ConfigCopy;
	readonly clock: Pick<Clock, 'now'>;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

type BadContent = Exclude<Content, { readonly state: 'good' }>;

/** A content that cannot be used, as it was first seen. */
interface Bad {
	readonly content: BadContent;
	readonly text: string | undefined;
	sinceMs: number;
	/** Something was done about it, or said. */
	isHandled: boolean;
	/** A change of ours waits for its end. */
	isWaitedFor: boolean;
	keptAs?: string | undefined;
}

/** Another program may be in the middle of writing: until then a content is neither damage nor an error. */
export const SETTLE_MS = 3000;
/** The file changed each time between our reading and our writing. */
const TRIES = 10;

/**
 * config.json, shared with the operating system and with people (spec: config 4.4, decisions D14, D15). It is read again
 * whenever it may have changed, and before each write. While it cannot be read, its last good content holds.
 */
export class ConfigJson {
	readonly #options: ConfigJsonOptions;
	readonly #copy: LastGoodCopy;
	readonly #queue = new SerialQueue();
	readonly #unusable = new ReportOnce();
	#stamp: string | undefined;
	/** As last read; `undefined`: missing. */
	#text: string | undefined;
	/** In force. */
	#properties: PlainObject | undefined;
	#bad: Bad | undefined;

	constructor(options: ConfigJsonOptions) {
		this.#options = options;
		this.#copy = new LastGoodCopy(options.copy, options.log);
	}

	get path(): string {
		return this.#options.file.path;
	}

	/** The properties in force: the same object until one of them changes. Rejects without a file and without a copy. */
	read(): Promise<PlainObject> {
		return this.#queue.run(async () => {
			await this.#load();
			return this.#inForce();
		});
	}

	/** All changes in one write, and none where nothing differs. They wait while the file cannot be read. */
	update(changes: PropertyChanges): Promise<void> {
		return this.#queue.run(() => this.#update(changes));
	}

	/** A content that cannot be used was seen: read again after `SETTLE_MS`. */
	isSettling(): boolean {
		return this.#bad?.isHandled === false;
	}

	async #update(changes: PropertyChanges): Promise<void> {
		for (let attempt = 0; attempt < TRIES; attempt += 1) {
			const file = await this.#load({ always: true });
			if (file === undefined) {
				await this.#keepForLater(changes);
				return;
			}
			const changed = applyChanges(file, changes);
			if (isDeepStrictEqual(changed, file) || (await this.#replace(changed))) {
				await this.#use(changed);
				return;
			}
		}
		throw new ConfigError('config-file-busy', `${this.path} was changed by other programs at each attempt to write it`);
	}

	/** The properties of the file; `undefined`: it cannot be read, and the last good ones hold. */
	async #load({ always = false } = {}): Promise<PlainObject | undefined> {
		const { file } = this.#options;
		const stamp = await file.stamp(); // before reading: what is written meanwhile has another one
		const isKnown = !always && stamp !== undefined && stamp === this.#stamp && this.#bad === undefined;
		if (isKnown && this.#properties !== undefined) {
			return this.#properties;
		}
		const content = await this.#readContent();
		this.#stamp = stamp;
		if (content.state !== 'good') {
			await this.#withstand(content);
			return this.#bad === undefined ? this.#inForce() : undefined;
		}
		if (this.#bad?.isHandled === true) {
			this.#options.log.info('config.json can be read again', { path: this.path });
		}
		this.#bad = undefined;
		const properties = await this.#writeWaiting(content.properties);
		await this.#use(properties);
		return properties;
	}

	async #readContent(): Promise<Content> {
		this.#text = undefined;
		try {
			this.#text = await this.#options.file.read();
			return judgeContent(this.#text);
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			return error.code === 'file-missing' ? judgeContent(undefined) : { state: 'broken', problem: error.message };
		}
	}

	/** These are in the file now. */
	async #use(file: PlainObject): Promise<void> {
		const { properties, replaced } = replaceUnusable(file, this.#properties ?? (await this.#copy.read()));
		for (const fields of this.#unusable.selectNew(replaced, (one) => JSON.stringify(one))) {
			const { setting, value } = fields;
			this.#options.log.warn('a setting cannot be used, its last good value holds', fields);
			const shown = value === undefined ? '' : ` (${value})`;
			const message = `${setting} in config.json cannot be used${shown}: its last good value holds until it is corrected`;
			this.#options.systemLog.write(message, { error: true });
		}
		if (!isDeepStrictEqual(properties, this.#properties)) {
			this.#properties = properties;
		}
		await this.#copy.keep(properties);
	}

	async #withstand(content: BadContent): Promise<void> {
		this.#properties ??= await this.#copy.read();
		if (this.#properties === undefined) {
			throw new ConfigError('config-file-malformed', `${this.path} ${describeProblem(content)}, and has no good copy`);
		}
		const nowMs = this.#options.clock.now();
		if (this.#bad === undefined || this.#bad.text !== this.#text || !isDeepStrictEqual(this.#bad.content, content)) {
			this.#bad = { content, text: this.#text, sinceMs: nowMs, isHandled: false, isWaitedFor: false };
		} else if (nowMs - this.#bad.sinceMs >= SETTLE_MS) {
			await (content.state === 'damaged'
				? this.#restore(this.#bad, content.problem)
				: this.#explain(this.#bad, content));
		}
	}

	/** A file that a person has broken stays as it is, to be corrected. */
	#explain(bad: Bad, { problem, line, column }: Extract<Content, { readonly state: 'broken' }>): void {
		if (bad.isHandled) {
			return;
		}
		bad.isHandled = true;
		const { log, systemLog } = this.#options;
		const message = 'config.json cannot be read, its last good content holds until it is corrected';
		log.warn(message, { path: this.path, problem, ...(line !== undefined && { line, column }) });
		const place = line === undefined ? problem : `line ${String(line)}, column ${String(column)}: ${problem}`;
		systemLog.write(`${message} (${place})`, { error: true });
	}

	async #restore(bad: Bad, problem: string): Promise<void> {
		const { log, systemLog, clock } = this.#options;
		const isFirst = !bad.isHandled;
		bad.isHandled = true;
		if (isFirst && bad.text !== undefined) {
			bad.keptAs = await this.#copy.setAside();
		}
		try {
			if (!(await this.#replace(this.#inForce()))) {
				this.#bad = undefined; // it has changed: judged again with the next read
				return;
			}
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			bad.sinceMs = clock.now(); // the next attempt
			if (isFirst) {
				log.warn('cannot restore config.json, its last good content holds', { problem, error: error.message });
				systemLog.write(`config.json is ${problem} and cannot be restored: its last good content holds`, {
					error: true,
				});
			}
			return;
		}
		this.#bad = undefined;
		await this.#copy.keepWaiting({}); // what is in force contains them
		log.warn('config.json was damaged, its last good content is restored', {
			path: this.path,
			problem,
			...(bad.keptAs !== undefined && { keptAs: bad.keptAs }),
		});
		systemLog.write(`config.json was damaged (${problem}): its last good content is restored`, { error: true });
	}

	/** They are in force at once, survive a restart, and get into the file when it can be read. */
	async #keepForLater(changes: PropertyChanges): Promise<void> {
		if (this.#bad?.isWaitedFor === false) {
			this.#bad.isWaitedFor = true;
			this.#options.log.warn('config.json cannot be read at the moment: changes are kept, and written to it later', {
				settings: Object.keys(changes).join(),
			});
		}
		this.#properties = applyChanges(this.#inForce(), changes);
		await this.#copy.keepWaiting(addChanges(await this.#copy.waiting(), changes));
		await this.#copy.keep(this.#properties);
	}

	async #writeWaiting(file: PlainObject): Promise<PlainObject> {
		const waiting = await this.#copy.waiting();
		if (Object.keys(waiting).length === 0) {
			return file;
		}
		const changed = applyChanges(file, waiting);
		try {
			if (isDeepStrictEqual(changed, file) || (await this.#replace(changed))) {
				await this.#copy.keepWaiting({});
				this.#options.log.info('kept changes are written to config.json', { settings: Object.keys(waiting).join() });
			} else {
				this.#stamp = undefined;
			}
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			this.#stamp = undefined; // tried again with the next read
			this.#options.log.debug('cannot write kept changes to config.json', { error: error.message });
		}
		return changed;
	}

	/** `false`: another program has changed the file since it was read. */
	async #replace(properties: PlainObject): Promise<boolean> {
		const text = JSON.stringify(properties);
		const isReplaced = await this.#options.file.replace(text, this.#text);
		if (isReplaced) {
			this.#text = text;
			this.#stamp = undefined;
		}
		return isReplaced;
	}

	#inForce(): PlainObject {
		return this.#properties ?? {};
	}
}
