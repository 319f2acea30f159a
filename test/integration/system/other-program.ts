import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../support/random.ts';

interface OtherProgramOptions {
	readonly path: string;
	readonly random: Random;
	/** The text with the edit of this number. */
	readonly edit: (text: string, number: number) => string;
	/** What is wrong with this text after the edit of this number. */
	readonly judge: (text: string, number: number) => readonly string[];
	/** Sometimes it takes a while to write the file in place, so that others see a part. */
	readonly isSlow: boolean;
}

const PAUSE_MS = { min: 50, max: 500 };
const IN_PLACE_SHARE = 0.2;
const SLOW_MS = 30;

/**
 * A program that reads a file, changes its own part and writes it back: into a new file that takes its place, or in
 * place. Right before that it compares the file with what it read, and starts over if that has changed: what is lost was
 * lost by the supervisor.
 */
export class OtherProgram {
	readonly problems: string[] = [];
	edits = 0;
	startedOver = 0;
	readonly #options: OtherProgramOptions;

	constructor(options: OtherProgramOptions) {
		this.#options = options;
	}

	/** Edits until the signal aborts. */
	async run(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			await this.#edit();
			await sleep(PAUSE_MS.min + this.#options.random.below(PAUSE_MS.max - PAUSE_MS.min));
		}
	}

	/** Reads the file, and looks for its own part in it. */
	check(): string {
		const { path, judge } = this.#options;
		const text = readFileSync(path, 'utf8');
		const problems = judge(text, this.edits).map((problem) => `${path} after edit ${this.edits}: ${problem}`);
		this.problems.push(...problems);
		return text;
	}

	async #edit(): Promise<void> {
		const { path, random, edit, isSlow } = this.#options;
		const isInPlace = random.chance(IN_PLACE_SHARE);
		for (;;) {
			const text = this.check();
			const edited = edit(text, this.edits + 1);
			writeFileSync(`${path}.other`, edited);
			if (readFileSync(path, 'utf8') === text) {
				if (!isInPlace) renameSync(`${path}.other`, path);
				else if (isSlow) await writeSlowly(path, edited);
				else writeFileSync(path, edited);
				this.edits += 1;
				return;
			}
			this.startedOver += 1;
		}
	}
}

async function writeSlowly(path: string, text: string): Promise<void> {
	const file = openSync(path, 'w');
	try {
		const bytes = Buffer.from(text);
		const written = writeSync(file, bytes, 0, bytes.length >> 1);
		await sleep(SLOW_MS);
		writeSync(file, bytes, written);
	} finally {
		closeSync(file);
	}
}
