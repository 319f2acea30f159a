import { cloudEndpoint, currentApiKey, isUnmanaged, type Config } from '../config/index.ts';
import type { TargetIntake } from '../device-state/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetricsCollector, ReadDeviceFacts, StatusSource } from './report/report-sources.ts';
import type { HttpClient } from '../ports/http-client.ts';
import type { JsonCache } from '../ports/json-cache.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { TargetStore } from '../ports/stores.ts';
import { AddressWatcher } from './reachability/address-watcher.ts';
import { AskedFetches } from './poll/asked-fetches.ts';
import { CloudApi, userAgentOf } from './protocol/cloud-api.ts';
import { CloudTroubles } from './cloud-troubles.ts';
import { CloudBinder } from './cloud-binder.ts';
import { answerOrProblem } from './protocol/cloud-problem.ts';
import { DeviceTags } from './device-tags.ts';
import { FirstReport } from './provision/first-report.ts';
import type { FoundVariables } from './provision/found-variables.ts';
import { Provisioner } from './provision/provisioner.ts';
import { ResourceApi } from './protocol/resource-api.ts';
import { StateReporter } from './report/state-reporter.ts';
import { watchFetches, watchReports, type AnswerListener } from './watch-answers.ts';
import { TargetFetcher } from './poll/target-fetcher.ts';
import { TargetPoller, type ApplyRequest } from './poll/target-poller.ts';

interface CloudOptions {
	readonly http: HttpClient;
	readonly settings: Pick<Config, 'read' | 'set'>;
	readonly targets: TargetStore;
	readonly intake: TargetIntake;
	/** For the first report. */
	readonly variables: FoundVariables;
	readonly status: StatusSource;
	readonly facts: ReadDeviceFacts;
	readonly metrics: MetricsCollector;
	readonly cache: JsonCache;
	readonly readAddresses: () => readonly string[];
	/** The device may be somewhere else now. */
	readonly addressesChanged: () => void;
	/** 32 lower-case hex characters of a version 4 uuid. */
	readonly newId: () => string;
	readonly supervisorVersion: string;
	readonly apply: (request: ApplyRequest) => void;
	readonly answered?: AnswerListener | undefined;
	readonly clock: Clock;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

export interface Cloud {
	readonly poller: TargetPoller;
	readonly fetches: AskedFetches;
	readonly reporter: StateReporter;
	readonly tags: DeviceTags;
	readonly binder: CloudBinder;
	readonly addresses: AddressWatcher;
	/** What stands between the device and its cloud. */
	readonly troubles: CloudTroubles;
	/** Of an app known by its id only; `undefined` if the cloud cannot be asked or does not know it. */
	findAppUuid(appId: number, signal: AbortSignal): Promise<string | undefined>;
}

/** Everything that talks to the cloud, put together. */
export function createCloud(options: CloudOptions): Cloud {
	const { settings, targets, intake, facts, clock, log } = options;
	let userAgent = userAgentOf({ supervisorVersion: options.supervisorVersion });
	const caller = { http: options.http, clock, userAgent: () => userAgent };
	const cloud = new CloudApi(caller);
	const resources = new ResourceApi(caller);
	const fetcher = watchFetches(new TargetFetcher({ cloud, settings }), options.answered);
	const { status, metrics, cache, answered } = options;
	const reports = watchReports(cloud, answered);
	const troubles = new CloudTroubles(clock);
	const shared = { settings, troubles, clock, log };
	const reporter = new StateReporter({ ...shared, cloud: reports, status, targets, facts, metrics, cache });
	const poller = new TargetPoller({
		...shared,
		fetcher,
		intake,
		answered: () => {
			reporter.cloudAnswered();
		},
		apply: options.apply,
	});
	const fetches = new AskedFetches({ poller, settings, clock, log });
	const provisioner = new Provisioner({ ...shared, cloud, facts, newId: options.newId });
	const { variables, systemLog } = options;
	const firstReport = new FirstReport({ resources, fetcher, settings, variables, clock, log, systemLog });
	const tags = new DeviceTags({ resources, settings, clock, log });
	const binder = new CloudBinder({
		provisioner: {
			run: async (signal) => {
				userAgent = userAgentOf(await facts());
				const outcome = await provisioner.run(signal);
				if (outcome === 'provisioned') {
					await firstReport.run(signal);
				}
				return outcome;
			},
		},
		loops: [poller, fetches, reporter, tags],
	});
	const addresses = new AddressWatcher(clock, options.readAddresses, () => {
		options.addressesChanged();
		reporter.wake();
	});
	return {
		poller,
		fetches,
		reporter,
		tags,
		binder,
		addresses,
		troubles,
		findAppUuid: (appId, signal) => findAppUuid({ settings, resources }, appId, signal),
	};
}

async function findAppUuid(
	{ settings, resources }: { readonly settings: Pick<Config, 'read'>; readonly resources: ResourceApi },
	appId: number,
	signal: AbortSignal,
): Promise<string | undefined> {
	const cloud = await settings.read();
	const key = currentApiKey(cloud);
	if (isUnmanaged(cloud) || key === '') {
		return undefined;
	}
	const access = { endpoint: cloudEndpoint(cloud), key, timeoutMs: cloud.requestTimeoutMs };
	const answer = await answerOrProblem(() => resources.findAppUuid(access, appId, signal));
	return answer.kind === 'found' ? answer.uuid : undefined;
}
