import { ContainerUsageFiles } from '../adapters/host/index.ts';
import { measureProcess } from '../adapters/system/index.ts';
import type { Cloud } from '../api-binder/index.ts';
import type { ApiOptions } from '../device-api/index.ts';
import type { ContainerView } from '../domain/service.ts';
import type { Capabilities } from '../host/index.ts';
import {
	chooseFormat,
	listServices,
	renderMetrics,
	samplesOfDevice,
	samplesOfLogs,
	samplesOfProcess,
	samplesOfServices,
	samplesOfState,
	single,
	type ContainerUsage,
	type Samples,
} from '../metrics/index.ts';
import type { HostInfo } from './build-host-info.ts';
import type { Core } from './core.ts';

interface MetricsParts {
	readonly cloud: Cloud;
	readonly capabilities: Capabilities;
	readonly engine: { readonly pulledBytes: number };
	readonly hostInfo: () => Promise<HostInfo>;
}

/** Containers are measured at most this often, for all callers together (spec: v3-api 7). */
const USAGE_AGE_MS = 1000;

export function buildMetrics(core: Core, parts: MetricsParts): ApiOptions['metrics'] {
	const { activity, status } = core;
	const readUsages = createUsages(core);
	return {
		render: async (accept, access) => {
			const services = listServices(status.latest(), (appId) => access.covers(appId));
			const [usages, rest] = await Promise.all([
				readUsages(),
				access.coversDevice() ? readRest(core, parts) : Promise.resolve<Samples>({}),
			]);
			return renderMetrics({ ...rest, ...samplesOfServices(services, usages) }, chooseFormat(accept));
		},
		answered: (request) => {
			activity.requestAnswered(request);
		},
	};
}

/** What only the key of the device shows. */
async function readRest(core: Core, { cloud, capabilities, engine, hostInfo }: MetricsParts): Promise<Samples> {
	const { activity, status, logHub, version } = core;
	const [info, process] = await Promise.all([hostInfo(), measureProcess()]);
	return {
		info: [{ labels: { version }, value: 1 }],
		...activity.samples(),
		...samplesOfState(status.latest(), cloud.troubles.current()),
		pullBytes: single(engine.pulledBytes),
		...samplesOfLogs(logHub.counts()),
		...samplesOfProcess(process),
		...samplesOfDevice(info, capabilities.current()),
	};
}

type Usages = ReadonlyMap<string, ContainerUsage>;

/** Of all containers that run, as observed last. */
function createUsages({ options, status }: Core): () => Promise<Usages> {
	const { clock, environment } = options;
	const files = new ContainerUsageFiles(environment.rootPath);
	let last: { readonly at: number; readonly usages: Promise<Usages> } | undefined;
	return () => {
		if (last === undefined || clock.now() - last.at >= USAGE_AGE_MS) {
			const containers = (status.latest()?.current?.apps ?? []).flatMap((app) => app.containers);
			last = { at: clock.now(), usages: files.read(containers.filter(hasProcesses).map(toMeasured)) };
		}
		return last.usages;
	};
}

function hasProcesses({ runState }: ContainerView): boolean {
	return runState === 'running' || runState === 'paused';
}

function toMeasured({ containerId, pid, config }: ContainerView): Parameters<ContainerUsageFiles['read']>[0][number] {
	const { networkMode, cgroupParent } = config;
	const hasOwnNetwork = networkMode !== 'host' && !/^(container|service):/.test(networkMode);
	return { containerId, pid, hasOwnNetwork, cgroupParent };
}
