import type { Environment } from '../config/index.ts';

/** What the container of this supervisor may be called; the first that exists counts. */
export function ownContainerNames({ ownContainerId }: Pick<Environment, 'ownContainerId'>): readonly string[] {
	const names = ['balena_supervisor', 'resin_supervisor'];
	return ownContainerId === undefined ? names : [ownContainerId, ...names];
}
