import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { DeviceError } from '../device/index.ts';
import { PLACE_OPTIONS } from './options.ts';
import type { Typed } from './typed.ts';

export interface Command {
	/** With a line in usage.txt. */
	readonly name: string;
	readonly usage: string;
	/** Options belong to another program and are passed on unread, `--help` too unless it comes first. */
	readonly passesOptions?: boolean;
	run(args: readonly string[], signal: AbortSignal, typed: Typed): Promise<number>;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Like node's own parser, but what is wrong is said in the words of this program. */
export function parseCommandLine<const T extends Options>(
	command: string,
	args: readonly string[],
	options: { readonly options: T; readonly positionalsMax: number },
) {
	const parse = () =>
		parseArgs({
			args: [...args],
			options: { ...PLACE_OPTIONS, ...options.options },
			allowPositionals: true,
			strict: true,
		});
	let parsed: ReturnType<typeof parse>;
	try {
		parsed = parse();
	} catch (cause) {
		const problem = describeProblem(cause as NodeJS.ErrnoException); // parseArgs throws nothing else
		throw new DeviceError(problem, `See dindctl ${command} --help`, { cause });
	}
	const surplus = parsed.positionals[options.positionalsMax];
	if (surplus !== undefined) throw new DeviceError(`Too much: ${surplus}`, `See dindctl ${command} --help`);
	return parsed;
}

function describeProblem(error: NodeJS.ErrnoException): string {
	const option = /'(?:-\w, )?(-[^' ]*)/.exec(error.message)?.[1] ?? 'An option';
	switch (error.code) {
		case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
			return `There is no option ${option}`;
		case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
			return error.message.includes('does not take') ? `${option} takes no value` : `${option} needs a value`;
		default:
			return error.message.replace(/\.$/, '');
	}
}

/** Of TCP. */
export function parsePort(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const port = parseNumber('--port', text, 0);
	if (port >= 1 && port <= 65_535) return port;
	throw new DeviceError(`--port ${text} is no port`, 'Give a number from 1 to 65535');
}

export function parseNumber(option: string, text: string | undefined, fallback: number): number {
	if (text === undefined) return fallback;
	if (!/^\d{1,6}$/.test(text)) throw new DeviceError(`${option} ${text} is not a number`, 'Give a whole number');
	return Number(text);
}
