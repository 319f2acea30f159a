import { untilAborted } from '../../../src/lib/until-aborted.ts';
import type { ApiOptions } from '../../../src/device-api/index.ts';

async function* noLines(): AsyncGenerator<never> {}

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
	| 'journal'
	| 'past'
	| 'readDocument'
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
	collectSoon: () => undefined,
	tags: { list: () => Promise.resolve({ tags: [] }), set: () => Promise.resolve() },
};
