import { printable } from '../lib/printable.ts';

/** A line for the user: of one of the services, or of the system (the agent and services of the host). */
export type LogMessage = ServiceMessage | SystemMessage;

interface ServiceMessage {
	readonly kind: 'service';
	readonly message: string;
	/** Wall time, ms. */
	readonly timestamp: number;
	readonly isStdErr: boolean;
	readonly serviceId: number;
	readonly serviceName: string;
}

interface SystemMessage {
	readonly kind: 'system';
	readonly message: string;
	readonly timestamp: number;
	/** System lines set it only when an error is attached. */
	readonly isStdErr?: boolean;
}

/** What a client of the device API gets, one per line (spec: device-api 5.13). */
export type LocalLogLine =
	| { readonly message: string; readonly isSystem: true; readonly timestamp?: number; readonly isStdErr?: boolean }
	| Omit<ServiceMessage, 'kind'>;

/** The first line of each stream to a local client. */
export const LOCAL_GREETING: LocalLogLine = { message: 'Streaming logs', isSystem: true };

const MESSAGE_LENGTH_MAX = 10_000;
const CUT = '[...]';

/** Longer messages are cut. */
function limitMessage(message: string): string {
	return message.length > MESSAGE_LENGTH_MAX ? message.slice(0, MESSAGE_LENGTH_MAX - CUT.length) + CUT : message;
}

/** Services may colour their own lines. A name inside a system line must not be able to forge another line. */
function textOf({ kind, message }: LogMessage): string {
	return limitMessage(kind === 'system' ? printable(limitMessage(message)) : message);
}

/**
 * One line of the stream to the cloud (spec: cloud-api 13.1). Either `isSystem` or `serviceId` is always there: the
 * cloud takes a line with neither and then cannot show it.
 */
export function cloudLine(message: LogMessage): string {
	const text = textOf(message);
	const { isStdErr, timestamp } = message;
	const line =
		message.kind === 'system'
			? { message: text, isSystem: true, timestamp, isStdErr }
			: { message: text, isStdErr, timestamp, serviceId: message.serviceId };
	return `${JSON.stringify(line)}\n`;
}

export function localLine(message: LogMessage): LocalLogLine {
	const text = textOf(message);
	const { isStdErr, timestamp } = message;
	if (message.kind === 'service') {
		return {
			serviceName: message.serviceName,
			message: text,
			isStdErr: message.isStdErr,
			timestamp,
			serviceId: message.serviceId,
		};
	}
	return { message: text, isSystem: true, timestamp, ...(isStdErr === undefined ? {} : { isStdErr }) };
}

export function suppressedMessage(count: number, timestamp: number): SystemMessage {
	const message = `Warning: Suppressed ${count} message(s) due to high load`;
	return { kind: 'system', message, timestamp, isStdErr: true };
}
