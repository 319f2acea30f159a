import { readFileSync } from 'node:fs';

/** What a real cloud asked of a device. */
interface RecordedCall {
	readonly method: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

const FILE = new URL('../../fixtures/cloud-to-supervisor/requests.json', import.meta.url);
const RECORDED_KEY = '0123456789abcdef0123456789abcdef';

/** Each different one once, with this key in place of the recorded one. */
export function readRecordedCalls(key: string): readonly RecordedCall[] {
	const { events } = JSON.parse(readFileSync(FILE, 'utf8')) as {
		readonly events: readonly { readonly requests: readonly RecordedCall[] }[];
	};
	const calls = events.flatMap(({ requests }) => requests);
	const byName = new Map(calls.map((call) => [`${call.method} ${call.url} ${call.body}`, call]));
	return [...byName.values()].map((call) => ({ ...call, url: call.url.replace(RECORDED_KEY, key) }));
}
