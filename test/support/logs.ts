import Sinon from 'sinon';
import type { Log, LogFields, SystemLog } from '../../src/ports/log.ts';

export const silentLog: Log = {
	error: () => undefined,
	warn: () => undefined,
	info: () => undefined,
	debug: () => undefined,
	child: () => silentLog,
};

export interface LoggedLine {
	readonly level: string;
	readonly message: string;
	readonly fields: LogFields;
}

/** Keeps what was logged, for a test to look at. */
export function recordingLog(): { readonly log: Log; readonly lines: readonly LoggedLine[] } {
	const lines: LoggedLine[] = [];
	const at =
		(level: string) =>
		(message: string, fields: LogFields = {}) => {
			lines.push({ level, message, fields });
		};
	const log: Log = { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), child: () => log };
	return { log, lines };
}

/** Records the lines for the user: see `linesOf`, or judge `write` itself. */
export function stubSystemLog() {
	return { write: Sinon.stub<Parameters<SystemLog['write']>>() };
}

export function linesOf({ write }: ReturnType<typeof stubSystemLog>): readonly string[] {
	return write.args.map(([line]) => line);
}
