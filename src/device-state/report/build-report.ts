import type { DeviceStatus } from '../../domain/status.ts';
import type { TargetDocument } from '../../domain/target.ts';
import type { DeviceFacts, MetricFields } from './device-facts.ts';
import { reportApps } from './report-apps.ts';
import type { DeviceReport } from './report.ts';

interface ReportFacts {
	readonly device: DeviceFacts;
	readonly metrics: MetricFields;
	readonly listenPort: number;
	readonly localMode: boolean;
	/** As stored: it names services that are never applied, which the composed target leaves out. */
	readonly target: TargetDocument | undefined;
}

/** An engine that restarts is back before. */
const UNSEEN_MIN_MS = 30_000;
/** Of a sentence for people. */
const TEXT_MAX = 200;

/** The state of this device for the cloud (spec: cloud-api 11.2, 11.3). */
export function buildReport(status: DeviceStatus | undefined, facts: ReportFacts): DeviceReport {
	const { device, metrics, listenPort, localMode, target } = facts;
	// Before the first observation apps are unknown; an empty list would declare all of them deleted. The cloud keeps what
	// was reported before.
	const apps =
		localMode || status?.current === undefined || target === undefined || status.unseen !== undefined
			? undefined
			: reportApps({
					at: status.at,
					current: status.current,
					composed: status.target,
					running: status.running,
					target,
				});
	return {
		status: 'Idle',
		...(device.osVersion === undefined ? {} : { os_version: device.osVersion }),
		...(device.osVariant === undefined ? {} : { os_variant: device.osVariant }),
		supervisor_version: device.supervisorVersion,
		provisioning_progress: null,
		provisioning_state: describeUnseen(status),
		...(localMode ? {} : { logs_channel: null }),
		...(device.ipAddress === undefined ? {} : { ip_address: device.ipAddress }),
		...(device.macAddress === undefined ? {} : { mac_address: device.macAddress }),
		api_port: listenPort,
		...(device.apiSecret === undefined ? {} : { api_secret: device.apiSecret }),
		...wholeMetrics(metrics),
		...(apps === undefined ? {} : { apps }),
	};
}

/** For a person at the dashboard; empty as long as there is nothing to say (decision D19). */
function describeUnseen(status: DeviceStatus | undefined): string {
	const unseen = status?.unseen;
	return unseen === undefined || status === undefined || status.at - unseen.since < UNSEEN_MIN_MS
		? ''
		: `Cannot observe the device: ${unseen.message}`.slice(0, TEXT_MAX);
}

/** With a fraction the cloud refuses the whole report (400). */
function wholeMetrics(metrics: MetricFields): MetricFields {
	return Object.fromEntries(
		Object.entries(metrics)
			.filter(([, value]) => typeof value !== 'number' || Number.isFinite(value))
			.map(([name, value]) => [name, typeof value === 'number' ? Math.floor(value) : value]),
	);
}
