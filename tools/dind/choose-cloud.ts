import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError } from '../device/index.ts';
import { hasCloud, readConfig } from './device-folder.ts';
import type { DeviceConfig, DeviceRecord } from './device-folder.ts';
import { readReleaseFile } from './read-release-file.ts';
import type { ReleaseFile } from './read-release-file.ts';
import { SAMPLE } from './run-options.ts';
import type { RunValues } from './run-options.ts';

/** Where the device has its target from. */
export type CloudChoice =
	/** Without a file a kept device continues with the release that it has. */
	| { readonly kind: 'stand-in'; readonly file?: ReleaseFile }
	| { readonly kind: 'config'; readonly path: string; readonly config: DeviceConfig }
	| { readonly kind: 'none'; readonly file?: ReleaseFile };

/** What a kept device belongs to; undefined if it has nothing to continue with. */
type KeptCloud = 'stand-in' | 'config' | 'none' | undefined;

/** Reads the files that it names, so that a wrong one is found before anything is started. */
export function chooseCloud(values: RunValues, releasePath: string | undefined, kept?: KeptCloud): CloudChoice {
	const which = values.config ?? values.cloud ?? findUnasked(values, kept);
	const readFile = (path: string | undefined) =>
		path === undefined ? {} : { file: readReleaseFile(path, values['env-file'] ?? []) };
	if (values.config === undefined && which === 'local') {
		if (values.preload === true) {
			const problem = 'The release of the stand-in cloud would replace the preloaded apps';
			throw new DeviceError(problem, 'Use --cloud none, or give the config.json of a cloud');
		}
		return { kind: 'stand-in', ...readFile(releasePath ?? (kept === 'stand-in' ? undefined : SAMPLE)) };
	}
	const isWithout = values.config === undefined && which === 'none';
	const isFast = values.cloud === undefined && values.preload !== true && values.os !== true;
	if (isWithout && isFast) return { kind: 'none', ...readFile(releasePath) };
	if (releasePath !== undefined) {
		throw new DeviceError(`There is no stand-in cloud that could release ${releasePath}`, 'Leave it out');
	}
	if (isWithout) return { kind: 'none' };
	return { kind: 'config', path: which, config: readConfig(which) };
}

/** A kept device stays with its cloud. */
function findUnasked(values: RunValues, kept: KeptCloud): string {
	if (values.preload === true || values['no-cloud'] === true || kept === 'none') return 'none';
	return 'local';
}

/** By its config.json, which has its identity there, and by what its cloud has for it. */
export function findKeptCloud(directory: string, kept: DeviceRecord | undefined): KeptCloud {
	if (kept === undefined || !existsSync(join(directory, 'boot/config.json'))) return undefined;
	if (kept.fleet !== undefined) return 'stand-in';
	return hasCloud(directory) ? 'config' : 'none';
}

export function checkKeptCloud(cloud: CloudChoice, directory: string, record: DeviceRecord | undefined): void {
	const kept = findKeptCloud(directory, record);
	if (kept === undefined || (kept === 'stand-in') === (cloud.kind === 'stand-in')) return;
	const isOfStandIn = kept === 'stand-in';
	const what = isOfStandIn ? 'This device belongs to its stand-in cloud' : 'This device belongs to no stand-in cloud';
	const remedy = isOfStandIn
		? 'Leave out --cloud, --no-cloud and --config'
		: 'Give the --cloud or --config that it was made with';
	throw new DeviceError(what, `${remedy}, or use dindctl stop first`);
}
