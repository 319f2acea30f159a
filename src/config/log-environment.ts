const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const TIMES = ['auto', 'always', 'never'] as const;
const FORMATS = ['text', 'json'] as const;

/** How the process log is written (spec: config 1). */
export interface LogEnvironment {
	readonly level: (typeof LEVELS)[number];
	/** `auto`: a time on each line unless the reader of standard output keeps one for it. */
	readonly time: (typeof TIMES)[number];
	readonly format: (typeof FORMATS)[number];
	/** Words that are unknown: the default holds (decision D18). */
	readonly refused: readonly RefusedWord[];
}

interface RefusedWord {
	readonly variable: string;
	readonly value: string;
	readonly used: string;
	readonly accepted: string;
}

/** `given`: the value of a variable, if it is set. */
export function readLogEnvironment(given: (name: string) => string | undefined): LogEnvironment {
	const refused: RefusedWord[] = [];
	const choose = <Word extends string>(variable: string, words: readonly Word[], used: Word): Word => {
		const value = given(variable);
		const word = words.find((one) => one === value?.toLowerCase());
		if (word === undefined && value !== undefined) {
			refused.push({ variable, value, used, accepted: words.join(', ') });
		}
		return word ?? used;
	};
	return {
		level: choose('LOG_LEVEL', LEVELS, 'info'),
		time: choose('LOG_TIME', TIMES, 'auto'),
		format: choose('LOG_FORMAT', FORMATS, 'text'),
		refused,
	};
}

/** Facts about standard output. */
interface OutputFacts {
	/** It is the socket of a journal. */
	readonly isJournal: boolean;
	readonly isContainer: boolean;
	/** The host's init is systemd. */
	readonly hostHasSystemd: boolean;
}

/**
 * Whether each line gets a time. On a host with systemd the output of the supervisor's container goes to the journal or
 * to an engine that keeps a time for each line; a second one would take space on small devices. Anywhere else a missing
 * time cannot be made up for, and a second one does no harm.
 */
export function isTimeWritten({ time }: Pick<LogEnvironment, 'time'>, output: OutputFacts): boolean {
	if (time === 'auto') {
		return !output.isJournal && !(output.isContainer && output.hostHasSystemd);
	}
	return time === 'always';
}
