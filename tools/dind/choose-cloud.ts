import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError } from '../device/index.ts';
import { readConfig } from './device-folder.ts';
import type { DeviceConfig, DeviceRecord } from './device-folder.ts';
import { readReleaseFile } from './read-release-file.ts';
import type { ReleaseFile } from './read-release-file.ts';
import { SAMPLE } from './run-options.ts';
import type { RunValues } from './run-options.ts';

/** Where the device has its target from. */
export type CloudChoice =
	| { readonly kind: 'stand-in'; readonly file: ReleaseFile }
	| { readonly kind: 'config'; readonly path: string; readonly config: DeviceConfig }
	| { readonly kind: 'none' };

/** Reads the files that it names, so that a wrong one is found before anything is started. */
export function chooseCloud(values: RunValues, releasePath: string | undefined): CloudChoice {
	const which = values.config ?? values.cloud ?? (values.preload === true ? 'none' : 'local');
	if (values.config === undefined && which === 'local') {
		if (values.preload === true) {
			const problem = 'The release of the stand-in cloud would replace the preloaded apps';
			throw new DeviceError(problem, 'Use --cloud none, or give the config.json of a cloud');
		}
		return { kind: 'stand-in', file: readReleaseFile(releasePath ?? SAMPLE, values['env-file'] ?? []) };
	}
	if (releasePath !== undefined) {
		throw new DeviceError(`There is no stand-in cloud that could release ${releasePath}`, 'Leave it out');
	}
	if (values.config === undefined && which === 'none') return { kind: 'none' };
	return { kind: 'config', path: which, config: readConfig(which) };
}

/** A kept device has the config.json of its cloud, with its identity there. */
export function checkKeptCloud(cloud: CloudChoice, directory: string, kept: DeviceRecord | undefined): void {
	if (kept === undefined || !existsSync(join(directory, 'boot/config.json'))) return;
	const isOfStandIn = kept.fleet !== undefined;
	if (isOfStandIn === (cloud.kind === 'stand-in')) return;
	const what = isOfStandIn ? 'This device belongs to its stand-in cloud' : 'This device belongs to no stand-in cloud';
	const remedy = isOfStandIn ? 'Leave out --cloud and --config' : 'Give the --cloud or --config that it was made with';
	throw new DeviceError(what, `${remedy}, or use dindctl stop first`);
}
