import type { Fault } from '../../../tools/cloud/faults.ts';

/** What a call takes for a good answer, to be spoiled in a particular way. */
export interface GoodAnswer {
	readonly status: number;
	readonly body: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface FaultCase {
	readonly name: string;
	readonly fault: (good: GoodAnswer) => Fault;
	/** No plain HTTP: the fault is in the address. */
	readonly endpoint?: 'refused' | 'tls';
	/** The device gives up by itself: its time is short then. */
	readonly isSilent?: true;
}

const body = (name: string, text: string): FaultCase => ({ name, fault: (good) => ({ ...good, body: text }) });
const spoiled = (name: string, fault: Fault): FaultCase => ({ name, fault: (good) => ({ ...good, ...fault }) });
const silent = (name: string, fault: Fault): FaultCase => ({ ...spoiled(name, fault), isSilent: true });
const status = (code: number, headers?: Readonly<Record<string, string>>, suffix = ''): FaultCase => ({
	name: `${code}${suffix}`,
	fault: () => ({ status: code, body: '<html>', ...(headers && { headers }) }),
});
const redirect = (name: string, code: number, location: string): FaultCase => ({
	name,
	fault: () => ({ status: code, body: '', headers: { Location: location } }),
});

const DEPTH = 100_000;
const HUGE_BYTES = 9 * 1024 * 1024;

/** `origin`: of the stand-in. */
export function faultCases(origin: string): readonly FaultCase[] {
	return [
		body('{}', '{}'),
		body('null', 'null'),
		body('[]', '[]'),
		body('[null]', '[null]'),
		body('a number', '7'),
		body('wrong types', '{"id":"5","d":{"0":7},"token":["x"],"name":7}'),
		body('rows of wrong types', '{"id":null,"d":[7],"token":null,"name":null}'),
		body('rows of null', '{"d":[null]}'),
		body('empty', ''),
		body('a portal', '<html>Please log in</html>'),
		body('huge', `{"x":"${'x'.repeat(HUGE_BYTES)}"}`),
		body('deep lists', '['.repeat(DEPTH) + ']'.repeat(DEPTH)),
		body('deep objects', '{"d":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH)),
		spoiled('not UTF-8', { mangle: 'bad-utf8' }),
		spoiled('half a gzip stream', { mangle: 'half-gzip' }),
		spoiled('not HTTP', { mangle: 'not-http' }),
		...[204, 206, 301, 304, 400, 401, 403, 404, 409, 413, 415, 418, 429, 500, 502, 503, 504].map((code) =>
			status(code),
		),
		status(429, { 'Retry-After': '7' }, ' after 7 s'),
		status(503, { 'Retry-After': '20' }, ' after 20 s'),
		redirect('301 to another place', 301, '/ping'),
		redirect('302 in a circle', 302, ''),
		redirect('303', 303, '/ping'),
		redirect('307 to no web address', 307, 'ftp://127.0.0.1/'),
		redirect('302 to no URL', 302, 'http://['),
		redirect('302 to a closed port', 302, 'http://127.0.0.1:1/'),
		redirect('302 to a key in its query', 302, `${origin}/ping?apikey=x`),
		{ name: 'refused', fault: () => ({}), endpoint: 'refused' },
		{ name: 'TLS to a plain port', fault: () => ({}), endpoint: 'tls' },
		spoiled('closed before the head', { drop: 'before' }),
		spoiled('reset before the head', { drop: 'reset' }),
		spoiled('closed after the head', { truncate: 0 }),
		spoiled('closed in the body', { truncate: 3 }),
		silent('silence', { stall: 'silent' }),
		silent('silence after the head', { stall: 0 }),
		silent('silence in the body', { stall: 3 }),
	];
}
