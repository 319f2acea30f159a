import { DeviceError } from '../device/index.ts';
import { nameImage } from './archives.ts';
import { USUAL_NAME } from './device-folder.ts';
import type { DeviceRecord, Mount, OsHome } from './device-folder.ts';
import { machineArch } from './device-types.ts';
import type { RunValues } from './run-options.ts';

const MOUNTS = { 'mount-dist': 'dist', 'mount-nm': 'node_modules' } as const satisfies Record<string, Mount>;

/** A kept device stays what it was: a host or not, and with the container that it has. */
export function chooseOs(values: RunValues, kept: DeviceRecord | undefined): OsHome | undefined {
	const isAsked = values.os === true;
	if (kept !== undefined && (kept.os !== undefined) !== isAsked) {
		const what = kept.os === undefined ? 'This device is no host' : 'This device is a host';
		const remedy = kept.os === undefined ? 'Leave out --os' : 'Add --os';
		throw new DeviceError(what, `${remedy}, or use dindctl stop first`);
	}
	return isAsked ? describeOs(values, kept?.os) : undefined;
}

function describeOs(values: RunValues, kept: OsHome | undefined): OsHome {
	const name = values['dind-container'] ?? values.name;
	const container = name === undefined ? kept?.container : `balena-container-${name}`;
	if (kept !== undefined && kept.container !== container) {
		throw new DeviceError(`This device has the container ${kept.container}`, 'Leave out --dind-container or --name');
	}
	const hostImage = values['dind-image'];
	const mounts = Object.entries(MOUNTS).filter(([option]) => values[option as keyof typeof MOUNTS] === true);
	return {
		container: container ?? `balena-container-${USUAL_NAME}`,
		image: values.image ?? nameImage(machineArch(), values.tag),
		mounts: mounts.map(([, mount]) => mount),
		isReadable: values['no-optimize'] === true,
		isGiven: values.image !== undefined,
		...(hostImage === undefined ? {} : { hostImage }),
	};
}
