import winston from 'winston';
import { printable } from '../lib/printable.ts';
import type { Log, LogFields } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { Redactor } from './redactor.ts';

interface LogOptions {
	readonly level: 'error' | 'warn' | 'info' | 'debug';
	readonly redactor: Redactor;
	/** `json`: one object a line, always with its time, for programs that collect logs. */
	readonly format?: 'text' | 'json';
	/** The time before each line of text, which people read: a wall clock. Without it lines have none. */
	readonly time?: (() => Date) | undefined;
	/** The receiver of lines; standard output unless a test listens. */
	readonly stream?: NodeJS.WritableStream;
}

/** `[info]    step done component=reconciler step=createContainer subject=1/web durationMs=120` */
export function createLog(options: LogOptions): Log {
	const { level, redactor, format = 'text', time, stream = process.stdout } = options;
	const formatOne = format === 'json' ? formatObject : formatLine;
	const logger = winston.createLogger({
		level,
		format: winston.format.printf((info) =>
			redactor.redact(
				formatOne({
					level: info.level,
					message: String(info.message),
					fields: info['fields'] as LogFields, // `write` sets it below
					at: time?.().toISOString(),
					redactor,
				}),
			),
		),
		transports: [new winston.transports.Stream({ stream })],
		exitOnError: false,
	});
	return makeLog((lineLevel, message, fields) => {
		logger.log({ level: lineLevel, message, fields });
	}, {});
}

type Write = (level: 'error' | 'warn' | 'info' | 'debug', message: string, fields: LogFields) => void;

function makeLog(write: Write, context: LogFields): Log {
	return {
		error: (message, fields) => {
			write('error', message, { ...context, ...fields });
		},
		warn: (message, fields) => {
			write('warn', message, { ...context, ...fields });
		},
		info: (message, fields) => {
			write('info', message, { ...context, ...fields });
		},
		debug: (message, fields) => {
			write('debug', message, { ...context, ...fields });
		},
		child: (component) => makeLog(write, { ...context, component }),
	};
}

const LEVEL_WIDTH = '[success] '.length;

interface Line {
	readonly level: string;
	readonly message: string;
	readonly fields: LogFields;
	readonly at: string | undefined;
	readonly redactor: Redactor;
}

function formatLine({ level, message, fields, at, redactor }: Line): string {
	const parts = [...(at === undefined ? [] : [at]), `[${level}]`.padEnd(LEVEL_WIDTH) + message];
	for (const [name, value] of Object.entries(fields)) {
		if (value !== undefined) {
			parts.push(`${name}=${redactor.isSecretField(name) ? redactor.hidden : formatValue(value)}`);
		}
	}
	return printable(parts.join(' '));
}

/** Fields are inside an object of their own: none can take the place of the time, level or message. */
function formatObject({ level, message, fields, at, redactor }: Line): string {
	const shown = Object.entries(fields).map(([name, value]) => [
		name,
		redactor.isSecretField(name) ? redactor.hidden : toData(value),
	]);
	const text = JSON.stringify({ time: at, level, message, fields: Object.fromEntries(shown) as LogFields });
	return printable(text); // JSON leaves some marks unescaped; each becomes an escape of JSON
}

function toData(value: unknown): unknown {
	if (value instanceof OperationalError) {
		return value.message;
	}
	return value instanceof Error ? (value.stack ?? value.message) : value;
}

/** A bare word if that is unambiguous, otherwise JSON. */
function formatValue(value: unknown): string {
	if (value instanceof OperationalError) {
		return formatValue(value.message); // its stack has no use: the cause is outside this process
	}
	if (value instanceof Error) {
		return JSON.stringify(value.stack ?? value.message);
	}
	if (typeof value === 'string') {
		return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
	}
	return JSON.stringify(value);
}
