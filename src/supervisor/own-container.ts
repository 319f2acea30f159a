import type { Environment } from '../config/index.ts';

/** Possible names of the supervisor's own container; the first that exists counts. */
export function ownContainerNames({ ownContainerId }: Pick<Environment, 'ownContainerId'>): readonly string[] {
	const names = ['balena_supervisor', 'resin_supervisor'];
	return ownContainerId === undefined ? names : [ownContainerId, ...names];
}
