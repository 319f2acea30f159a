/** Who a metric is about; of `service` the caller's key decides what it sees. */
type MetricScope = 'supervisor' | 'service' | 'device';

export interface MetricRow {
	readonly name: string;
	readonly type: 'counter' | 'gauge' | 'histogram';
	readonly help: string;
	readonly labels: readonly string[];
	readonly scope: MetricScope;
	/** Of a histogram: upper bounds, seconds. */
	readonly buckets?: readonly number[];
}

const STEP_BUCKETS = [0.1, 0.5, 2, 10, 60, 300, 1800];
const PASS_BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10];
const API_BUCKETS = [0.005, 0.05, 0.5, 5];
const PULL_BUCKETS = [1, 5, 30, 120, 600, 3600];

const SERVICE = { labels: ['app', 'service'], scope: 'service' } as const;
const DEVICE = { labels: [], scope: 'device' } as const;
const OURS = { labels: [], scope: 'supervisor' } as const;
const US = 'balena_supervisor';

/** Every metric, once: what is rendered, and what docs/metrics.md says. */
export const METRICS = {
	info: { ...OURS, name: `${US}_info`, type: 'gauge', help: 'Always 1; says which version runs.', labels: ['version'] },
	passes: {
		...OURS,
		name: `${US}_passes_total`,
		type: 'counter',
		help: 'Passes of the loop. A failed one could not observe the device.',
		labels: ['outcome'],
	},
	passSeconds: {
		...OURS,
		name: `${US}_pass_duration_seconds`,
		type: 'histogram',
		help: 'From the start of a pass to its end: observing, planning, starting steps.',
		buckets: PASS_BUCKETS,
	},
	planSeconds: {
		...OURS,
		name: `${US}_plan_duration_seconds`,
		type: 'histogram',
		help: 'The part of a pass after the device was observed.',
		buckets: PASS_BUCKETS,
	},
	onTarget: { ...OURS, name: `${US}_on_target`, type: 'gauge', help: '1: the device is as its target wants it.' },
	steps: {
		...OURS,
		name: `${US}_steps_total`,
		type: 'counter',
		help: 'Steps that ended.',
		labels: ['kind', 'outcome'],
	},
	stepSeconds: {
		...OURS,
		name: `${US}_step_duration_seconds`,
		type: 'histogram',
		help: 'How long steps took, however they ended.',
		labels: ['kind'],
		buckets: STEP_BUCKETS,
	},
	stepRetries: {
		...OURS,
		name: `${US}_step_retries_total`,
		type: 'counter',
		help: 'Steps that ended after an earlier try of the same step had failed.',
		labels: ['kind'],
	},
	runningSteps: { ...OURS, name: `${US}_running_steps`, type: 'gauge', help: 'Steps in flight.' },
	waitingSteps: {
		...OURS,
		name: `${US}_waiting_steps`,
		type: 'gauge',
		help: 'Steps that are needed and wait, by the kind of what they wait for.',
		labels: ['reason'],
	},
	pulls: {
		...OURS,
		name: `${US}_image_pulls_total`,
		type: 'counter',
		help: 'Downloads of images that ended, deltas included.',
		labels: ['outcome'],
	},
	pullSeconds: {
		...OURS,
		name: `${US}_image_pull_duration_seconds`,
		type: 'histogram',
		help: 'How long downloads of images took that succeeded.',
		buckets: PULL_BUCKETS,
	},
	pullBytes: {
		...OURS,
		name: `${US}_image_pull_bytes_total`,
		type: 'counter',
		help: 'Bytes of layers that the engine has downloaded for pulls, as it reports them.',
	},
	polls: {
		...OURS,
		name: `${US}_target_polls_total`,
		type: 'counter',
		help: 'Requests for the target, by result: new, unchanged, or what went wrong.',
		labels: ['result'],
	},
	pollAge: {
		...OURS,
		name: `${US}_target_poll_last_success_age_seconds`,
		type: 'gauge',
		help: 'Time since the cloud last answered a request for the target. Absent: never since the start.',
	},
	reports: {
		...OURS,
		name: `${US}_state_reports_total`,
		type: 'counter',
		help: 'Reports sent to the cloud, by result: accepted, or what went wrong.',
		labels: ['result'],
	},
	reportAge: {
		...OURS,
		name: `${US}_state_report_last_success_age_seconds`,
		type: 'gauge',
		help: 'Time since the cloud last accepted a report. Absent: never since the start.',
	},
	cloudTroubles: {
		...OURS,
		name: `${US}_cloud_troubles`,
		type: 'gauge',
		help: 'What stands between the device and its cloud at present, by kind.',
		labels: ['kind'],
	},
	logLinesSent: {
		...OURS,
		name: `${US}_log_lines_sent_total`,
		type: 'counter',
		help: 'Lines handed to the log stream of the cloud; a line that is sent again counts again.',
	},
	logLinesSuppressed: {
		...OURS,
		name: `${US}_log_lines_suppressed_total`,
		type: 'counter',
		help: 'Lines that the cloud does not get.',
	},
	logQueueBytes: {
		...OURS,
		name: `${US}_log_queue_bytes`,
		type: 'gauge',
		help: 'Bytes of lines that wait to be sent.',
	},
	apiRequests: {
		...OURS,
		name: `${US}_api_requests_total`,
		type: 'counter',
		help: 'Answered requests by the pattern of their path; "none" is a path without a route, or a refused caller.',
		labels: ['method', 'route', 'status'],
	},
	apiSeconds: {
		...OURS,
		name: `${US}_api_request_duration_seconds`,
		type: 'histogram',
		help: 'From a request to the end of its answer.',
		labels: ['route'],
		buckets: API_BUCKETS,
	},
	memory: {
		...OURS,
		name: `${US}_process_resident_memory_bytes`,
		type: 'gauge',
		help: 'Memory of the process, with what it shares with others.',
	},
	heap: { ...OURS, name: `${US}_process_heap_bytes`, type: 'gauge', help: 'Used part of the heap of the program.' },
	cpu: {
		...OURS,
		name: `${US}_process_cpu_seconds_total`,
		type: 'counter',
		help: 'Processor time of the process, user and system.',
	},
	uptime: {
		...OURS,
		name: `${US}_process_uptime_seconds`,
		type: 'gauge',
		help: 'Time since the process started; not moved by a change of the clock.',
	},
	loopDelay: {
		...OURS,
		name: `${US}_event_loop_delay_seconds`,
		type: 'gauge',
		help: 'How long a callback that was due had to wait during this scrape.',
	},
	loopBusy: {
		...OURS,
		name: `${US}_event_loop_busy_seconds_total`,
		type: 'counter',
		help: 'Time in which the event loop ran callbacks.',
	},
	up: { ...SERVICE, name: 'balena_service_up', type: 'gauge', help: '1: the container of the service runs.' },
	health: {
		...SERVICE,
		name: 'balena_service_healthy',
		type: 'gauge',
		help: '1: its health check succeeds. Absent: it has none, or it has not ended yet.',
	},
	restarts: {
		...SERVICE,
		name: 'balena_service_restarts_total',
		type: 'counter',
		help: 'Restarts by the engine; begins again with each start by the supervisor.',
	},
	exitCode: {
		...SERVICE,
		name: 'balena_service_exit_code',
		type: 'gauge',
		help: 'How its container last ended. Absent while it runs or before it ran.',
	},
	serviceCpu: {
		...SERVICE,
		name: 'balena_service_cpu_seconds_total',
		type: 'counter',
		help: 'Processor time of the container.',
	},
	serviceMemory: {
		...SERVICE,
		name: 'balena_service_memory_bytes',
		type: 'gauge',
		help: 'Memory of the container, without file caches that can be freed at once.',
	},
	received: {
		...SERVICE,
		name: 'balena_service_network_receive_bytes_total',
		type: 'counter',
		help: 'Received over its own interfaces. Absent for a service in the network of the host or of another service.',
	},
	transmitted: {
		...SERVICE,
		name: 'balena_service_network_transmit_bytes_total',
		type: 'counter',
		help: 'Sent over its own interfaces; absent likewise.',
	},
	blockRead: {
		...SERVICE,
		name: 'balena_service_block_read_bytes_total',
		type: 'counter',
		help: 'Read from disks.',
	},
	blockWritten: {
		...SERVICE,
		name: 'balena_service_block_written_bytes_total',
		type: 'counter',
		help: 'Written to disks.',
	},
	deviceCpu: {
		...DEVICE,
		name: 'balena_device_cpu_usage_ratio',
		type: 'gauge',
		help: 'Part of the processors in use since the measurement before, 0 to 1.',
	},
	deviceMemory: { ...DEVICE, name: 'balena_device_memory_bytes', type: 'gauge', help: 'Memory of the device.' },
	deviceMemoryUsed: {
		...DEVICE,
		name: 'balena_device_memory_used_bytes',
		type: 'gauge',
		help: 'Of it in use, without caches.',
	},
	temperature: {
		...DEVICE,
		name: 'balena_device_temperature_celsius',
		type: 'gauge',
		help: 'Of the processor.',
	},
	storage: { ...DEVICE, name: 'balena_device_storage_bytes', type: 'gauge', help: 'Size of the data partition.' },
	storageUsed: { ...DEVICE, name: 'balena_device_storage_used_bytes', type: 'gauge', help: 'Of it in use.' },
	underVoltage: {
		...DEVICE,
		name: 'balena_device_under_voltage',
		type: 'gauge',
		help: '1: the kernel has reported a supply voltage that is too low.',
	},
	clock: {
		...DEVICE,
		name: 'balena_device_clock_synchronised',
		type: 'gauge',
		help: '1: the network has set the clock. Absent: it is not known.',
	},
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricKey = keyof typeof METRICS;

/** In the order of the table. */
export const METRIC_ROWS: readonly (readonly [MetricKey, MetricRow])[] = Object.entries(METRICS) as [
	MetricKey,
	MetricRow,
][];
