import { emptyCloudData, type Device, type Fleet } from '../../../tools/cloud/cloud-data.ts';
import { CloudModel } from '../../../tools/cloud/cloud-model.ts';
import { addRelease } from '../../../tools/cloud/control-changes.ts';
import type { ComposeFile } from './read-files.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;

/** The stand-in cloud without sockets, with one device in one fleet. */
export function makeCloud(): { readonly model: CloudModel; readonly fleet: Fleet; readonly device: Device } {
	const model = new CloudModel({
		data: emptyCloudData(),
		minimumPollIntervalMs: 1000,
		now: () => 0,
		onChange: () => undefined,
		onTargetChange: () => undefined,
	});
	const { fleet } = model.addFleet({ name: 'fleet' });
	const device = model.addDevice({
		uuid: 'd'.repeat(32),
		fleetId: fleet.id,
		deviceType: fleet.deviceType,
		apiKey: 'key',
		osVersion: undefined,
		supervisorVersion: undefined,
	});
	return { model, fleet, device };
}

/** As the command line makes one: each service has an image of its own, known by its digest. */
export function release(model: CloudModel, fleet: Fleet, composition: ComposeFile['composition']): void {
	const names = Object.keys(composition.services);
	const images = Object.fromEntries(names.map((name) => [name, `registry.test/v2/${name}@${DIGEST}`]));
	addRelease(model, fleet, { composition: { ...composition }, images });
}
