import type { ServiceConfig } from '../../domain/service.ts';
import { isAnonymousName, type Mount } from './mounts.ts';
import { cleanPath } from './parse-scalar.ts';

/**
 * The container that replaces another one takes over its volumes without a name (decision D23). It gets them by the
 * names that the engine chose, and reads back as if it had not got them: see `mounts.ts`.
 */

/**
 * Paths for which a container asks for a volume without a name, cleaned. A path with another mount is not one of them.
 */
export function anonymousPathsOf({ volumes, tmpfs }: ServiceConfig): readonly string[] {
	const anonymous = new Set<string>();
	const taken = new Set(tmpfs.map((entry) => cleanPath(entry.split(':', 1)[0] ?? '')));
	for (const mount of volumes) {
		const path = anonymousPathOf(mount);
		if (path === undefined) {
			taken.add(targetOf(mount));
		} else {
			anonymous.add(path);
		}
	}
	return [...anonymous].filter((path) => !taken.has(path));
}

/**
 * The engine takes a relative path for a volume that it creates itself, and refuses it for a volume that it is given.
 */
function anonymousPathOf(mount: Mount): string | undefined {
	const isAnonymous =
		typeof mount === 'string' ? !mount.includes(':') : mount.type === 'volume' && mount.source === undefined;
	const path = targetOf(mount);
	return isAnonymous && path.startsWith('/') ? path : undefined;
}

function targetOf(mount: Mount): string {
	const path = typeof mount !== 'string' ? mount.target : mount.includes(':') ? mount.split(':', 2)[1] : mount;
	return cleanPath(path ?? '');
}

/** The mounts of a container with the volumes that it takes over, each at its path. */
export function carryVolumes(config: ServiceConfig, volumes: ReadonlyMap<string, string>): readonly Mount[] {
	const wanted = anonymousPathsOf(config);
	const carried = new Map<string, string>();
	for (const [path, name] of volumes) {
		// reading back would take any other name for one of the release
		if (isAnonymousName(name) && wanted.includes(cleanPath(path))) {
			carried.set(cleanPath(path), name);
		}
	}
	// The engine refuses two mounts at one path. The long form goes first, as for volumes that the engine creates.
	const long = config.volumes.map((mount) => {
		const name = typeof mount === 'string' ? undefined : take(mount, carried);
		return typeof mount === 'string' || name === undefined ? mount : { ...mount, source: name };
	});
	const binds = long.flatMap((mount) => {
		const name = typeof mount === 'string' ? take(mount, carried) : undefined;
		return typeof mount !== 'string' || name === undefined ? [] : [`${name}:${mount}`];
	});
	return [...long, ...binds];
}

function take(mount: Mount, carried: Map<string, string>): string | undefined {
	const path = anonymousPathOf(mount);
	const name = path === undefined ? undefined : carried.get(path);
	if (path !== undefined) {
		carried.delete(path);
	}
	return name;
}
