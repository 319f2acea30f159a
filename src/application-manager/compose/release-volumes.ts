import type { TargetApp } from '../../domain/target.ts';
import { keysOf } from './composition-keys.ts';
import { parseMounts, volumeNamesOf } from './mounts.ts';
import { nowhere } from './place.ts';

/**
 * Engine names of the volumes that a release names, declared or only mounted, even if the release cannot be composed.
 */
export function volumeNamesOfApp({ appId, release }: TargetApp): readonly string[] {
	const mounted = Object.values(release?.services ?? {}).flatMap(({ composition }) => {
		const mounts = keysOf(composition).get('volumes')?.value;
		return mounts == null ? [] : volumeNamesOf(parseMounts(mounts, nowhere(), appId) ?? []);
	});
	return [...Object.keys(release?.volumes ?? {}).map((name) => `${appId}_${name}`), ...mounted];
}
