import type * as z from 'zod/mini';

import { ComposeFileError } from '../compose-file/compose-file-error.ts';
import { interpolate } from '../compose-file/interpolate.ts';
import { parseYaml } from '../compose-file/parse-yaml.ts';
import type { Device, Fleet, Release, ServiceVariables, Variables } from './cloud-data.ts';
import type { CloudModel } from './cloud-model.ts';
import type {
	devicePatchSchema,
	fleetPatchSchema,
	newReleaseSchema,
	ServiceVariablesPatch,
	VariablesPatch,
} from './control-schemas.ts';
import { ControlError } from './control-error.ts';

/** What the control API changes. Every function checks its references before it changes anything. */

export function addRelease(model: CloudModel, fleet: Fleet, wanted: z.output<typeof newReleaseSchema>): Release {
	const { images, contracts = {}, commit } = wanted;
	const composition = parseComposition(wanted.composition);
	if (commit !== undefined && model.release(commit, fleet.id) !== undefined) {
		throw new ControlError(409, `fleet ${fleet.name} has a release ${commit} already`);
	}
	return model.addRelease(fleet, {
		...wanted,
		images,
		composition,
		contracts,
		imageLabels: wanted.imageLabels ?? fromComposition(composition, 'labels'),
		imageEnvironment: wanted.imageEnvironment ?? fromComposition(composition, 'environment'),
	});
}

export function patchFleet(model: CloudModel, fleet: Fleet, patch: z.output<typeof fleetPatchSchema>): void {
	const pinned = patch.targetRelease === undefined ? undefined : releaseId(model, patch.targetRelease, fleet.id);
	fleet.name = patch.name ?? fleet.name;
	fleet.config = patched(fleet.config, patch.config);
	fleet.environment = patched(fleet.environment, patch.environment);
	fleet.serviceEnvironment = patchedServices(fleet.serviceEnvironment, patch.serviceEnvironment);
	fleet.serviceLabels = patchedServices(fleet.serviceLabels, patch.serviceLabels);
	fleet.hostExtensions = patch.hostExtensions ?? fleet.hostExtensions;
	fleet.pinnedReleaseId = pinned === undefined ? fleet.pinnedReleaseId : pinned;
	// The real cloud calls no device when a fleet follows its latest release again.
	const isSilent = pinned === null && Object.keys(patch).length === 1;
	model.targetsChanged(isSilent ? [] : model.devicesOf(fleet.id));
}

export function patchDevice(model: CloudModel, device: Device, patch: z.output<typeof devicePatchSchema>): void {
	const fleet = patch.fleet === undefined ? model.fleet(device.fleetId) : model.fleet(patch.fleet);
	if (fleet === undefined) {
		throw new ControlError(400, `no fleet ${String(patch.fleet)}`);
	}
	const pinned = patch.pinnedRelease === undefined ? undefined : releaseId(model, patch.pinnedRelease, fleet.id);
	const host = patch.hostRelease === undefined ? undefined : releaseId(model, patch.hostRelease);
	const supervisor = patch.supervisorRelease === undefined ? undefined : releaseId(model, patch.supervisorRelease);
	const isMoved = fleet.id !== device.fleetId;
	if (isMoved) {
		// A pin belongs to the fleet left behind.
		device.fleetId = fleet.id;
		device.pinnedReleaseId = null;
	}
	device.name = patch.name ?? device.name;
	device.pinnedReleaseId = pinned === undefined ? device.pinnedReleaseId : pinned;
	device.hostReleaseId = host === undefined ? device.hostReleaseId : host;
	device.supervisorReleaseId = supervisor === undefined ? device.supervisorReleaseId : supervisor;
	patchRows(model, device, 'config', patch.config);
	patchRows(model, device, 'environment', patch.environment);
	device.serviceEnvironment = patchedServices(device.serviceEnvironment, patch.serviceEnvironment);
	if (patch.deleted !== undefined) {
		device.deletedAt = patch.deleted ? model.timestamp() : null;
	}
	// The real cloud calls a device that is moved twice.
	model.targetsChanged(device.deletedAt === null ? [device, ...(isMoved ? [device] : [])] : []);
}

function releaseId(model: CloudModel, reference: string | number | null, fleetId?: number): number | null {
	if (reference === null) {
		return null;
	}
	const release = model.release(reference, fleetId);
	if (release === undefined) {
		throw new ControlError(400, `no release ${reference}`);
	}
	return release.id;
}

function patchRows(
	model: CloudModel,
	device: Device,
	kind: 'config' | 'environment',
	patch: VariablesPatch = {},
): void {
	const idKind = kind === 'config' ? 'device_config_variable' : 'device_environment_variable';
	for (const [name, value] of Object.entries(patch)) {
		if (value === null) {
			device[kind] = device[kind].filter((row) => row.name !== name);
		} else {
			model.setRow(device[kind], idKind, { name, value });
		}
	}
}

function patched(variables: Variables, patch: VariablesPatch = {}): Variables {
	const result: Variables = {};
	for (const [name, value] of Object.entries({ ...variables, ...patch })) {
		if (value !== null) {
			result[name] = value;
		}
	}
	return result;
}

function patchedServices(variables: ServiceVariables, patch: ServiceVariablesPatch = {}): ServiceVariables {
	const result: ServiceVariables = { ...variables };
	for (const [service, changes] of Object.entries(patch)) {
		result[service] = changes === null ? {} : patched(result[service] ?? {}, changes);
	}
	return result;
}

function parseComposition(composition: string | Record<string, unknown>): Record<string, unknown> {
	if (typeof composition !== 'string') {
		return composition;
	}
	let parsed: unknown;
	try {
		// There is no environment here: the sender must replace variables that have no default.
		parsed = interpolate(parseYaml(composition), {});
	} catch (cause) {
		if (!(cause instanceof ComposeFileError)) throw cause;
		throw new ControlError(400, `the composition cannot be used: ${cause.problem}`);
	}
	if (!isObject(parsed)) {
		throw new ControlError(400, 'the composition is not a map');
	}
	return parsed;
}

/** Maps and lists of `NAME=value` become string maps, which is what image records hold. */
function fromComposition(composition: Record<string, unknown>, member: 'labels' | 'environment'): ServiceVariables {
	const services = isObject(composition.services) ? composition.services : {};
	return Object.fromEntries(
		Object.entries(services).map(([name, service]) => [
			name,
			stringMap(isObject(service) ? service[member] : undefined),
		]),
	);
}

function stringMap(value: unknown): Variables {
	if (Array.isArray(value)) {
		const pairs = value.map((item): [string, string] => {
			const [name = '', ...rest] = String(item).split('=');
			return [name, rest.join('=')];
		});
		return Object.fromEntries(pairs);
	}
	if (!isObject(value)) {
		return {};
	}
	return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, scalarText(item)]));
}

function scalarText(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
