import type { TargetIntake } from '../device-state/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { CloudSettingsStore } from '../ports/cloud-settings.ts';
import type { MetricsCollector, ReadDeviceFacts, ReportCache, StatusSource } from '../ports/cloud-facts.ts';
import type { HttpClient } from '../ports/http-client.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { TargetStore } from '../ports/stores.ts';
import { AddressWatcher } from './address-watcher.ts';
import { CloudApi, userAgentOf } from './cloud-api.ts';
import { CloudBinder } from './cloud-binder.ts';
import { Provisioner } from './provisioner.ts';
import { StateReporter } from './state-reporter.ts';
import { TargetFetcher } from './target-fetcher.ts';
import { TargetPoller, type ApplyRequest } from './target-poller.ts';

export interface CloudOptions {
	readonly http: HttpClient;
	readonly settings: CloudSettingsStore;
	readonly targets: TargetStore;
	readonly intake: TargetIntake;
	readonly status: StatusSource;
	readonly facts: ReadDeviceFacts;
	readonly metrics: MetricsCollector;
	readonly cache: ReportCache;
	readonly readAddresses: () => readonly string[];
	/** 32 lower-case hex characters of a version 4 uuid. */
	readonly newId: () => string;
	readonly supervisorVersion: string;
	readonly apply: (request: ApplyRequest) => void;
	readonly clock: Clock;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

export interface Cloud {
	readonly poller: TargetPoller;
	readonly reporter: StateReporter;
	readonly binder: CloudBinder;
	readonly addresses: AddressWatcher;
}

/** Everything that talks to the cloud, put together. */
export function createCloud(options: CloudOptions): Cloud {
	const { settings, targets, intake, facts, clock, log } = options;
	let userAgent = userAgentOf({ supervisorVersion: options.supervisorVersion });
	const cloud = new CloudApi({ http: options.http, clock, userAgent: () => userAgent });
	const poller = new TargetPoller({
		fetcher: new TargetFetcher({ cloud, settings }),
		settings,
		intake,
		apply: options.apply,
		clock,
		log,
		systemLog: options.systemLog,
	});
	const { status, metrics, cache } = options;
	const reporter = new StateReporter({ cloud, settings, status, targets, facts, metrics, cache, clock, log });
	const provisioner = new Provisioner({ cloud, settings, facts, newId: options.newId, clock, log });
	const binder = new CloudBinder({
		provisioner: {
			run: async (signal) => {
				userAgent = userAgentOf(await facts());
				return provisioner.run(signal);
			},
		},
		loops: [poller, reporter],
	});
	const addresses = new AddressWatcher(clock, options.readAddresses, () => {
		reporter.wake();
	});
	return { poller, reporter, binder, addresses };
}
