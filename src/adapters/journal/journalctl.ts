import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import {
	JournalError,
	type FollowJournalOptions,
	type Journal,
	type JournalEntry,
	type JournalQuery,
	type JournalReader,
	type OpenJournal,
	type ReadJournalOptions,
	type UnitJournal,
} from '../../ports/journal.ts';
import { untilStarted } from '../../lib/program-start.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { parseEntry } from './parse-entry.ts';

interface JournalctlOptions {
	/** Its name on the path, or its path. */
	readonly program?: string;
	/** How long to wait for the first line of a journal. */
	readonly probeMs?: number;
}

const PROBE_MS = 5000;
/** No service writes longer lines: a message of this length is truncated anyway. */
const LINE_MAX_CHARACTERS = 4 * 1024 * 1024;

/** Of an answer that is read as a whole. */
const OUTPUT_MAX_CHARACTERS = 64 * 1024;

type Reader = ChildProcessByStdio<null, Readable, null>;

export class Journalctl implements Journal, JournalReader, UnitJournal {
	readonly #program: string;
	readonly #probeMs: number;

	constructor({ program = 'journalctl', probeMs = PROBE_MS }: JournalctlOptions = {}) {
		this.#program = program;
		this.#probeMs = probeMs;
	}

	/** Even an empty journal has a line: that of the system's start. */
	async isReadable(): Promise<boolean> {
		return (await this.#readAll(['-n', '1', '-o', 'json'])).startsWith('{');
	}

	async lastLines(
		{ unit, invocationId }: { readonly unit: string; readonly invocationId?: string },
		count: number,
	): Promise<readonly string[]> {
		// The lines of systemd about a unit bear the fields without the underscore.
		const about =
			invocationId === undefined
				? [`_SYSTEMD_UNIT=${unit}`, '+', `UNIT=${unit}`]
				: [`_SYSTEMD_INVOCATION_ID=${invocationId}`, '+', `INVOCATION_ID=${invocationId}`];
		const text = await this.#readAll(['-q', '-a', '-n', String(count), '-o', 'cat', ...about]);
		return text.split('\n').filter((line) => line !== '');
	}

	/** What the program writes until it ends, or until the time is over; nothing if there is no such program. */
	async #readAll(args: readonly string[]): Promise<string> {
		let reader: Reader;
		try {
			reader = await this.#start(args);
		} catch (error) {
			if (error instanceof JournalError) {
				return '';
			}
			throw error;
		}
		const timer = setTimeout(() => {
			end(reader);
		}, this.#probeMs);
		let text = '';
		try {
			reader.stdout.setEncoding('utf8');
			for await (const chunk of reader.stdout) {
				text = (text + String(chunk)).slice(-OUTPUT_MAX_CHARACTERS);
			}
			return text;
		} catch (error) {
			if (!reader.stdout.destroyed) {
				throw error;
			}
			return text; // the time is over
		} finally {
			clearTimeout(timer);
			end(reader);
		}
	}

	follow(options: FollowJournalOptions, signal: AbortSignal): AsyncGenerator<readonly JournalEntry[]> {
		return this.#read(followArguments(options), signal);
	}

	readLast(options: ReadJournalOptions, signal: AbortSignal): AsyncGenerator<readonly JournalEntry[]> {
		return this.#read(readArguments(options), signal);
	}

	async *#read(args: readonly string[], signal: AbortSignal): AsyncGenerator<readonly JournalEntry[]> {
		if (signal.aborted) {
			return;
		}
		const reader = await this.#start(args);
		const kill = () => {
			end(reader);
		};
		signal.addEventListener('abort', kill, { once: true });
		try {
			if (!isAborted(signal)) {
				yield* readEntries(reader.stdout);
			}
		} catch (cause) {
			if (!isAborted(signal)) {
				throw cause instanceof JournalError ? cause : new JournalError('journal-failed', String(cause), { cause });
			}
		} finally {
			signal.removeEventListener('abort', kill);
			kill();
		}
	}

	async open(query: JournalQuery): Promise<OpenJournal> {
		const reader = await this.#start(queryArguments(query));
		return {
			output: reader.stdout,
			end: () => {
				end(reader);
			},
		};
	}

	async #start(args: readonly string[]): Promise<Reader> {
		try {
			const reader = spawn(this.#program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
			await untilStarted(reader);
			return reader;
		} catch (cause) {
			const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
			throw new JournalError(isMissing ? 'journal-missing' : 'journal-failed', `cannot run ${this.#program}`, {
				cause,
			});
		}
	}
}

function end(reader: Reader): void {
	reader.kill('SIGKILL');
	reader.stdout.destroy();
}

function followArguments({ from, units }: FollowJournalOptions): readonly string[] {
	// After a position, not since a second: no line comes twice, and none is skipped when the clock is set.
	const start = 'cursor' in from ? ['--no-tail', '--after-cursor', from.cursor] : ['-S', toSecond(from.since)];
	return ['-a', '--follow', ...start, '-o', 'json', ...units.map((unit) => `_SYSTEMD_UNIT=${unit}`)];
}

/** Matches of one field are alternatives. */
function readArguments({ containerIds, since, count }: ReadJournalOptions): readonly string[] {
	const start = since === undefined ? [] : ['-S', toSecond(since)];
	const containers = containerIds.map((id) => `CONTAINER_ID_FULL=${id}`);
	return ['-q', '-a', '--no-pager', '-n', String(count), ...start, '-o', 'json', ...containers];
}

/** In the order of the specification (host 7). */
function queryArguments(query: JournalQuery): readonly string[] {
	const { all, follow, unit, containerId, count, since, until, format } = query;
	return [
		...(all ? ['-a'] : []),
		...(follow ? ['--follow'] : []),
		...(unit === undefined ? [] : ['-u', unit]),
		...(containerId === undefined ? [] : ['-t', containerId]),
		...(count === undefined ? [] : ['-n', String(count)]),
		...(since === undefined ? [] : ['-S', since]),
		...(until === undefined ? [] : ['-U', until]),
		...['-o', format],
	];
}

/** The reader takes the time for UTC, because our container has no other time zone. */
function toSecond(time: Date): string {
	return time.toISOString().slice(0, 19).replace('T', ' ');
}

async function* readEntries(stdout: Readable): AsyncGenerator<readonly JournalEntry[]> {
	stdout.setEncoding('utf8');
	let rest = '';
	for await (const chunk of stdout) {
		const lines = (rest + String(chunk)).split('\n');
		rest = lines.pop() ?? '';
		if (rest.length > LINE_MAX_CHARACTERS) {
			rest = '';
		}
		const entries = lines.map(parseEntry).filter((entry) => entry !== undefined);
		if (entries.length > 0) {
			yield entries;
		}
	}
}
