import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificates } from '../../test/support/certificates.ts';
import { summarize } from './statistics.ts';
import type { Row } from './table.ts';
import type { TrafficDay } from './traffic-day.ts';

const DAYS_OF_A_MONTH = 30;
const TARGET_MB_A_MONTH = 2;
/** Overhead of TCP and IP headers for a connection and an exchange, both ways, without options. */
const PACKETS_OF_A_CONNECTION = 7;
const PACKETS_OF_AN_EXCHANGE = 4;
const HEADER_BYTES = 40;

/** Measures the traffic of an idle device. */
export async function measureTraffic(log: (line: string) => void): Promise<readonly Row[]> {
	const rows: Row[] = [];
	const folder = mkdtempSync(join(tmpdir(), 'traffic-'));
	try {
		const { authority, key, cert } = makeCertificates(folder);
		const tls = ['--key', key, '--cert', cert];
		for (const [what, args] of [
			['idle', []],
			['idle, over TLS', tls],
			['idle, load that never rests, over TLS', [...tls, '--moving']],
		] as const) {
			const day = await runDay(args, authority);
			log(
				`${what}: ${day.requests} requests, ${day.traffic.connections} connections, ${day.traffic.bytes} bytes a day`,
			);
			rows.push(...rowsOf(what, day, args.length === 0));
		}
	} finally {
		rmSync(folder, { recursive: true });
	}
	return rows;
}

/** In its own process: trusted certificate authorities are fixed when it starts. */
async function runDay(args: readonly string[], authority: string): Promise<TrafficDay> {
	const program = join(import.meta.dirname, 'traffic-day.ts');
	const { stdout } = await promisify(execFile)('node', ['--import', 'tsx', program, ...args], {
		env: { ...process.env, NODE_EXTRA_CA_CERTS: authority },
	});
	return JSON.parse(stdout) as TrafficDay; // printed by our own program
}

function rowsOf(what: string, { requests, traffic }: TrafficDay, isJudged: boolean): readonly Row[] {
	const perMonth = (bytes: number) => summarize([(bytes * DAYS_OF_A_MONTH) / 1e6]);
	const headerBytes =
		HEADER_BYTES * (traffic.connections * PACKETS_OF_A_CONNECTION + requests * PACKETS_OF_AN_EXCHANGE);
	return [
		{ what: `${what}: requests`, unit: 'a day', sample: summarize([requests]) },
		{ what: `${what}: connections`, unit: 'a day', sample: summarize([traffic.connections]) },
		{
			what: `${what}: bytes in both directions, a month`,
			unit: 'MB',
			sample: perMonth(traffic.bytes),
			...(isJudged ? { target: TARGET_MB_A_MONTH } : {}),
		},
		{
			what: `${what}: with headers of TCP and IP, a month`,
			unit: 'MB',
			sample: perMonth(traffic.bytes + headerBytes),
		},
	];
}
