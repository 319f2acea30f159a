import type { ApiOptions } from '../../../src/device-api/index.ts';

/** For tests of something else: nothing is asked for, and nothing happens. */
export const idleOperations: Pick<
	ApiOptions,
	'operations' | 'blink' | 'regenerateKey' | 'deviceName' | 'deviceInfo' | 'vpn' | 'tags'
> = {
	operations: {
		status: () => undefined,
		submit: () => Promise.resolve({ kind: 'done' }),
		systemLog: { write: () => undefined },
	},
	blink: () => undefined,
	regenerateKey: () => Promise.resolve(undefined),
	deviceName: () => Promise.resolve('local'),
	deviceInfo: () => Promise.resolve({ arch: 'amd64', deviceType: 'pc' }),
	vpn: () => Promise.resolve({ enabled: true, connected: false }),
	tags: { list: () => Promise.resolve({ tags: [] }), set: () => Promise.resolve() },
};
