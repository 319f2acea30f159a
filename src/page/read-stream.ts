/** One event of `GET /v3/events`. */
export interface StreamEvent {
	readonly event: string;
	readonly data: string;
	readonly id?: string;
}

/** What was complete in a text that arrives in parts, and the rest, which waits for its end. */
interface Split<T> {
	readonly found: readonly T[];
	readonly rest: string;
}

/** Server-sent events, as far as the device sends them. Comments, such as pings, are no events. */
export function splitEvents(text: string): Split<StreamEvent> {
	const blocks = text.split('\n\n');
	const rest = blocks.pop() ?? '';
	return { found: blocks.flatMap(readBlock), rest };
}

function readBlock(block: string): readonly StreamEvent[] {
	const fields = new Map<string, string>();
	for (const line of block.split('\n')) {
		const [, name = '', value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
		if (name !== '') fields.set(name, value);
	}
	const data = fields.get('data');
	const id = fields.get('id');
	if (data === undefined) return [];
	return [{ event: fields.get('event') ?? 'message', data, ...(id === undefined ? {} : { id }) }];
}

/** Lines of JSON. One that is cut or damaged is left out: the next ones still count. */
export function splitJsonLines(text: string): Split<unknown> {
	const lines = text.split('\n');
	const rest = lines.pop() ?? '';
	return { found: lines.flatMap(readLine), rest };
}

function readLine(line: string): readonly unknown[] {
	try {
		return line.trim() === '' ? [] : [JSON.parse(line) as unknown];
	} catch {
		return []; // the device ended in the middle of it
	}
}
