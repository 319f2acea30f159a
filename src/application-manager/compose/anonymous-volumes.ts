import type { ServiceConfig } from '../../domain/service.ts';
import { isAnonymousName, type Mount } from './mounts.ts';
import { cleanPath } from './parse-scalar.ts';

/**
 * Volumes without a name go over to the container that takes the place of theirs (decision D23). It is given them by the
 * names that the engine chose, and reads back as if it had not been: see `mounts.ts`.
 */

/** Paths for which a container asks for a volume without a name, cleaned; what has another mount at its path has none. */
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

/** The engine takes a relative path for a volume that it makes, and refuses one that it is given. */
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

/** The mounts of a container with those volumes that it takes over, each at its path. */
export function carryVolumes(config: ServiceConfig, volumes: ReadonlyMap<string, string>): readonly Mount[] {
	const wanted = anonymousPathsOf(config);
	const carried = new Map<string, string>();
	for (const [path, name] of volumes) {
		// Any other name would be taken for one of the release when it is read back.
		if (isAnonymousName(name) && wanted.includes(cleanPath(path))) {
			carried.set(cleanPath(path), name);
		}
	}
	// The engine refuses two mounts at one path: the long form goes first, as it does for volumes that the engine makes.
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
