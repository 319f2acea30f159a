import winston from 'winston';
import { printable } from '../lib/printable.ts';
import type { Log, LogFields } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { Redactor } from './redactor.ts';

interface LogOptions {
	readonly level: 'error' | 'warn' | 'info' | 'debug';
	readonly redactor: Redactor;
	/** The receiver of lines; standard output unless a test listens. */
	readonly stream?: NodeJS.WritableStream;
}

/** `[info]    step done component=reconciler step=createContainer subject=1/web durationMs=120` */
export function createLog({ level, redactor, stream = process.stdout }: LogOptions): Log {
	const logger = winston.createLogger({
		level,
		format: winston.format.printf((info) =>
			redactor.redact(formatLine(info.level, String(info.message), info['fields'] as LogFields, redactor)),
		), // `write` sets it below
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

function formatLine(level: string, message: string, fields: LogFields, redactor: Redactor): string {
	const parts = [`[${level}]`.padEnd(LEVEL_WIDTH) + message];
	for (const [name, value] of Object.entries(fields)) {
		if (value !== undefined) {
			parts.push(`${name}=${redactor.isSecretField(name) ? redactor.hidden : formatValue(value)}`);
		}
	}
	return printable(parts.join(' '));
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
