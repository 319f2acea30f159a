import type { DryRunResult } from '../../../src/device-state/index.ts';
import { emptyState } from '../../support/empty-state.ts';
import { untilAborted } from '../../../src/lib/until-aborted.ts';
import { chooseFormat, renderMetrics } from '../../../src/metrics/index.ts';
import type { ApiOptions } from '../../../src/device-api/index.ts';

async function* noLines(): AsyncGenerator<never> {}

const NOTHING_TO_DO: DryRunResult = {
	current: emptyState,
	target: { apps: [], variables: {} },
	prediction: { steps: [], waiting: [], isSettled: true },
	refused: [],
	ignored: [],
};

/** For tests of something else: nothing is asked for, and nothing happens. */
export const idleOperations: Pick<
	ApiOptions,
	| 'operations'
	| 'blink'
	| 'regenerateKey'
	| 'deviceName'
	| 'deviceNames'
	| 'deviceInfo'
	| 'hostConfig'
	| 'vpn'
	| 'tags'
	| 'local'
	| 'v3'
	| 'plan'
	| 'metrics'
	| 'journal'
	| 'past'
	| 'readDocument'
	| 'readPageFile'
	| 'collectSoon'
> = {
	operations: {
		status: () => undefined,
		submit: () => Promise.resolve({ kind: 'done' }),
		systemLog: { write: () => undefined },
	},
	blink: () => undefined,
	regenerateKey: () => Promise.resolve(undefined),
	deviceName: () => Promise.resolve('local'),
	deviceNames: () => Promise.resolve(['0000000000014de08000000000000001', '0a1b2c3', 'kitchen']),
	deviceInfo: () => Promise.resolve({ arch: 'amd64', deviceType: 'pc' }),
	hostConfig: () => Promise.resolve({ hostname: 'local' }),
	vpn: () => Promise.resolve({ enabled: true, connected: false }),
	local: {
		isOn: () => Promise.resolve(false),
		readTarget: () => Promise.resolve({ deviceName: 'local', isUnmanaged: false, variables: {}, apps: [] }),
		setTarget: () => Promise.resolve({ stored: true }),
		logs: () => noLines(),
	},
	v3: {
		cloudReasons: () => [],
		openRequests: () => [],
		capabilities: () => ({
			engine: { isAvailable: true, detail: '20.10' },
			reboot: { isAvailable: false, detail: 'no bus' },
		}),
		hostInfo: () =>
			Promise.resolve({
				...{ name: 'local', os: {}, kernel: '6.6.31', arch: 'amd64', deviceType: 'pc', supervisorVersion: '20.0.0' },
				...{ ipAddresses: ['10.0.0.1'], macAddresses: [] },
			}),
	},
	plan: { dryRun: () => Promise.resolve(NOTHING_TO_DO) },
	metrics: {
		render: (accept) => renderMetrics({}, chooseFormat(accept)),
		answered: () => undefined,
	},
	journal: { open: () => Promise.resolve({ output: noLines(), end: () => undefined }) },
	past: {
		history: () => Promise.resolve([]),
		onHistory: () => () => undefined,
		onStatus: () => () => undefined,
		findRequest: () => Promise.resolve(undefined),
		openLogs: () => Promise.resolve(noLines),
		sleep: (_ms, signal) => untilAborted(signal),
	},
	readDocument: () => Promise.resolve('{"openapi":"3.1.1","info":{},"paths":{}}'),
	readPageFile: (name) => Promise.resolve(`the file ${name}`),
	collectSoon: () => undefined,
	tags: { list: () => Promise.resolve({ tags: [] }), set: () => Promise.resolve() },
};
