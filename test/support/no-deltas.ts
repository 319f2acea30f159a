import type { Deltas } from '../../src/application-manager/index.ts';

/** The setting is off. */
export const NO_DELTAS: Deltas = {
	isEnabled: () => Promise.resolve(false),
	ask: () => Promise.reject(new Error('no delta is requested while deltas are off')),
};
