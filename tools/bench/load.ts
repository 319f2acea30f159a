/** Repeats one request as fast as the server answers, on a number of connections, and prints the times. */
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';

export interface LoadResult {
	readonly answers: number;
	readonly failures: number;
	/** Milliseconds. */
	readonly p50: number;
	readonly p99: number;
}

const { values } = parseArgs({
	options: {
		port: { type: 'string', default: '48484' },
		path: { type: 'string', default: '/ping' },
		key: { type: 'string' },
		connections: { type: 'string', default: '1' },
		seconds: { type: 'string', default: '3' },
	},
});

const connections = Number(values.connections);
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const headers = values.key === undefined ? {} : { authorization: `Bearer ${values.key}` };
const times: number[] = [];
let failures = 0;
const startedAt = performance.now();
const deadline = startedAt + Number(values.seconds) * 1000;
/** The first answers are warm-up. */
const countFrom = startedAt + (deadline - startedAt) / 4;

function ask(): Promise<void> {
	const at = performance.now();
	return new Promise((resolve) => {
		const call = request({ agent, host: '127.0.0.1', port: values.port, path: values.path, headers }, (response) => {
			response.resume().on('end', () => {
				if (response.statusCode !== 200) failures += 1;
				if (at >= countFrom) times.push(performance.now() - at);
				resolve();
			});
		});
		call.on('error', () => {
			failures += 1;
			resolve();
		});
		call.end();
	});
}

await Promise.all(
	Array.from({ length: connections }, async () => {
		while (performance.now() < deadline) await ask();
	}),
);
agent.destroy();
times.sort((a, b) => a - b);
const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
const result: LoadResult = { answers: times.length, failures, p50: at(0.5), p99: at(0.99) };
console.log(JSON.stringify(result));
