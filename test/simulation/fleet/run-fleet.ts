import { setMaxListeners } from 'node:events';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { Random } from '../../support/random.ts';
import { InProcessCloud, type Outage } from './in-process-cloud.ts';
import { simulateDevice } from './simulated-device.ts';

interface FleetOptions {
	readonly devices: number;
	readonly seed: number;
	readonly outage: Exclude<Outage, 'none'>;
}

/** Requests a second at the cloud; the highest of any minute. */
interface FleetRates {
	readonly steadyMean: number;
	readonly steadyMax: number;
	readonly outageMax: number;
	/** In the hour after the end of the outage. */
	readonly recoveryMax: number;
	/** How many devices had a change to report in the outage, and how many have reported it. */
	readonly changed: number;
	readonly reported: number;
	/** From the first answer after the outage to the report of the change, the longest, s. */
	readonly reportMaxS: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const POLL_INTERVAL_MS = 900_000;
/** They were not all switched on at once. */
const START_MS = POLL_INTERVAL_MS;

/** Runs a fleet through an hour without its cloud: all devices lose and regain it at the same time. */
export async function runFleet({ devices, seed, outage }: FleetOptions): Promise<FleetRates> {
	const random = new Random(seed);
	const clock = new VirtualClock(() => random.next());
	const cloud = new InProcessCloud(clock);
	const { fleet } = cloud.model.addFleet({ name: 'fleet' });
	const stop = new AbortController();
	setMaxListeners(devices * 10, stop.signal); // a process has one device
	const running: Promise<void>[] = [];
	const all = Array.from({ length: devices }, (_, n) => {
		const { uuid, key } = cloud.addDevice(fleet, n + 1);
		// A load that always changes: the maximum number of reports at rest.
		const metrics = () => ({ cpu_usage: Math.floor(random.next() * 100), memory_usage: 400, is_undervolted: false });
		const device = simulateDevice({
			...{ http: cloud, endpoint: 'https://api.example.com', uuid, key, metrics, clock },
			pollIntervalMs: POLL_INTERVAL_MS,
		});
		const startMs = random.next() * START_MS;
		running.push(clock.sleep(startMs, stop.signal).then(() => device.run(stop.signal)));
		return { device, uuid };
	});
	await clock.advance(2 * HOUR);
	cloud.outage = outage;
	const outageAt = clock.now();
	await clock.advance(HOUR / 2);
	const address = (n: number) => `10.0.${n >> 8}.${n & 255}`;
	all.forEach(({ device }, n) => {
		device.change(address(n));
	});
	await clock.advance(HOUR / 2);
	cloud.outage = 'none';
	const backAt = clock.now();
	const seen = await watchReports(
		cloud,
		all.map(({ uuid }, n) => [uuid, address(n)] as const),
		clock,
	);
	stop.abort();
	await Promise.all(running);
	const rate = (from: number, to: number) => ratesOf(cloud.arrivals, from, to);
	const steady = rate(HOUR, outageAt);
	return {
		steadyMean: mean(steady),
		steadyMax: Math.max(...steady),
		outageMax: Math.max(...rate(outageAt, backAt)),
		recoveryMax: Math.max(...rate(backAt, backAt + HOUR)),
		changed: all.length,
		...seen,
	};
}

/** Second by second: when the cloud got the first request of each device, and when it had all changes. */
async function watchReports(
	cloud: InProcessCloud,
	expected: readonly (readonly [string, string])[],
	clock: VirtualClock,
): Promise<{ readonly reported: number; readonly reportMaxS: number }> {
	const backAt = clock.wall().getTime();
	const heardAt = new Map<string, number>();
	const reportedAt = new Map<string, number>();
	while (clock.wall().getTime() < backAt + HOUR) {
		await clock.advance(1000);
		for (const [uuid, address] of expected) {
			const device = cloud.model.device(uuid);
			const now = clock.wall().getTime();
			if (!heardAt.has(uuid) && Math.max(device?.lastPollAt ?? 0, device?.lastReportAt ?? 0) > backAt) {
				heardAt.set(uuid, now);
			}
			if (!reportedAt.has(uuid) && device?.state['ip_address'] === address) {
				reportedAt.set(uuid, now);
			}
		}
	}
	const delays = [...reportedAt].map(([uuid, at]) => (at - (heardAt.get(uuid) ?? at)) / 1000);
	return { reported: reportedAt.size, reportMaxS: Math.max(0, ...delays) };
}

/** A second, for each whole minute. */
function ratesOf(arrivals: readonly number[], from: number, to: number): readonly number[] {
	const counts = new Array<number>(Math.floor((to - from) / MINUTE)).fill(0);
	for (const at of arrivals) {
		const minute = Math.floor((at - from) / MINUTE);
		if (at >= from && minute < counts.length) {
			counts[minute] = (counts[minute] ?? 0) + 1;
		}
	}
	return counts.map((count) => count / 60);
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
