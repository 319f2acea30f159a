import { isUtf8 } from 'node:buffer';
import type { JournalEntry } from '../../ports/journal.ts';

const PRIORITY_DEFAULT = 6;

/** One line of `journalctl -o json`. `undefined`: no entry, or its message is no text. */
export function parseEntry(line: string): JournalEntry | undefined {
	const fields = parseObject(line);
	const message = decodeMessage(fields?.['MESSAGE']);
	const cursor = textOf(fields?.['__CURSOR']) ?? '';
	const timeUs = Number(fields?.['__REALTIME_TIMESTAMP']);
	if (fields === undefined || message === undefined || !Number.isFinite(timeUs)) {
		return undefined;
	}
	const containerId = textOf(fields['CONTAINER_ID_FULL']);
	const containerName = textOf(fields['CONTAINER_NAME']);
	return {
		cursor,
		timeUs,
		message,
		isPartial: fields['CONTAINER_PARTIAL_MESSAGE'] === 'true',
		priority: Number(textOf(fields['PRIORITY']) ?? PRIORITY_DEFAULT),
		unit: textOf(fields['_SYSTEMD_UNIT']) ?? '',
		...(containerId === undefined ? {} : { containerId }),
		...(containerName === undefined ? {} : { containerName }),
	};
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
	try {
		const value: unknown = JSON.parse(line);
		return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined; // the first or last line that the reader itself writes
	}
}

/** Bytes if the reader takes the message for unprintable, for instance because of colours; it is usually text. */
function decodeMessage(value: unknown): string | undefined {
	if (typeof value === 'string') {
		return value;
	}
	if (!Array.isArray(value) || !value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) {
		return undefined;
	}
	const bytes = Buffer.from(value as number[]); // just checked
	return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

function textOf(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}
