import { CloudTroubles, CloudApi, StateReporter, TargetFetcher, TargetPoller } from '../../../src/api-binder/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/config/index.ts';
import { StatusBoard, type MetricFields } from '../../../src/device-state/index.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { HttpClient } from '../../../src/ports/http-client.ts';
import { emptyState } from '../../support/empty-state.ts';
import { silentLog } from '../../support/logs.ts';
import { MemoryTargetStore } from '../../support/memory-stores.ts';

interface SimulatedDeviceOptions {
	readonly http: HttpClient;
	readonly endpoint: string;
	readonly uuid: string;
	readonly key: string;
	readonly pollIntervalMs: number;
	readonly metrics: () => MetricFields;
	readonly clock: Clock;
}

interface SimulatedDevice {
	/** Polls and reports, until the signal aborts. */
	run(signal: AbortSignal): Promise<void>;
	/** Something happened on the device. */
	change(ipAddress: string): void;
}

/** The cloud side of a device at rest: real poll and report code over any client and clock. */
export function simulateDevice(options: SimulatedDeviceOptions): SimulatedDevice {
	const { http, clock, uuid, key, pollIntervalMs } = options;
	const cloud = new CloudApi({ http, clock, userAgent: () => 'Supervisor/20.0.0 (Linux; balenaOS 6.1.2; prod)' });
	const settings = {
		read: () =>
			Promise.resolve({
				...DEFAULT_SETTINGS,
				...{ apiEndpoint: options.endpoint, uuid, deviceApiKey: key, pollIntervalMs },
			}),
	};
	const targets = new MemoryTargetStore();
	const status = new StatusBoard();
	let ipAddress = '192.168.1.20';
	const reporter = new StateReporter({
		troubles: new CloudTroubles(clock),
		...{ cloud, settings, status, targets, clock },
		facts: () =>
			Promise.resolve({ deviceType: 'raspberrypi4-64', supervisorVersion: '20.0.0', ipAddress, apiSecret: key }),
		metrics: { collect: () => Promise.resolve(options.metrics()) },
		cache: { read: () => Promise.resolve(undefined), write: () => Promise.resolve() },
		log: silentLog,
	});
	const poller = new TargetPoller({
		troubles: new CloudTroubles(clock),
		...{ settings, clock },
		fetcher: new TargetFetcher({ cloud, settings }),
		intake: {
			accept: async ({ body, decode }) => {
				const decoded = decode(body);
				if (!decoded.ok) return { kind: 'refused', because: decoded.because, lines: [] };
				await targets.replace(decoded.value);
				return { kind: 'stored', apps: decoded.value.apps.length };
			},
		},
		answered: () => {
			reporter.cloudAnswered();
		},
		apply: () => undefined,
		log: silentLog,
	});
	status.publish({
		...{
			at: 0,
			current: emptyState,
			target: { apps: [], variables: {} },
			running: [],
			applying: false,
			problems: [],
			reasons: [],
		},
		...{ updatePending: false, updateFailed: false, updateDownloaded: false },
		plan: { start: [], waiting: [], wakeAt: undefined },
	});
	return {
		run: async (signal) => {
			await Promise.all([poller.run(signal), reporter.run(signal)]);
		},
		change: (address) => {
			ipAddress = address;
			reporter.wake();
		},
	};
}
