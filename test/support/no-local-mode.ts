import type { LocalModeTraces } from '../../src/domain/current.ts';

/** Of a device that has never been in local mode, and does not get into it. */
export const noLocalMode = {
	traces: (): Promise<LocalModeTraces> => Promise.resolve({ snapshot: false, apps: false }),
	refresh: (): void => undefined,
	takeSnapshot: (): Promise<void> => Promise.reject(new Error('local mode is not part of this')),
	cleanUp: (): Promise<void> => Promise.reject(new Error('local mode is not part of this')),
};
