import * as z from 'zod/mini';

import { faultSchema } from './faults.ts';

/** What the control API takes. In maps of a PATCH a value replaces the old one and `null` removes it. */

const variables = z.record(z.string(), z.string());
const variablesPatch = z.record(z.string(), z.nullable(z.string()));
const serviceVariables = z.record(z.string(), variables);
const serviceVariablesPatch = z.record(z.string(), z.nullable(variablesPatch));
const document = z.record(z.string(), z.unknown());
/** A commit or a release id; `null` removes the pin. */
const releaseReference = z.nullable(z.union([z.string(), z.int()]));
const fleetReference = z.union([z.string(), z.int()]);

export const newFleetSchema = z.strictObject({
	name: z.string(),
	uuid: z.optional(z.string()),
	kind: z.optional(z.enum(['fleet', 'host', 'supervisor'])),
	class: z.optional(z.enum(['fleet', 'app', 'block'])),
	deviceType: z.optional(z.string()),
	arch: z.optional(z.string()),
	provisioningKey: z.optional(z.string()),
});

export const newReleaseSchema = z.strictObject({
	/** The parsed docker-compose file, or its YAML text. */
	composition: z.union([z.string(), document]),
	/** The image reference of each service, best with a digest. */
	images: variables,
	/** Without these the ones of the composition are taken, as the command line does when it makes a release. */
	imageLabels: z.optional(serviceVariables),
	imageEnvironment: z.optional(serviceVariables),
	contracts: z.optional(z.record(z.string(), document)),
	status: z.optional(z.string()),
	draft: z.optional(z.boolean()),
	/** Whether a fleet that follows its latest release follows to this one. */
	track: z.optional(z.boolean()),
	commit: z.optional(z.string()),
	/** Devices that register with this OS or supervisor version get the release. */
	version: z.optional(z.string()),
});

export const fleetPatchSchema = z.strictObject({
	name: z.optional(z.string()),
	config: z.optional(variablesPatch),
	environment: z.optional(variablesPatch),
	serviceEnvironment: z.optional(serviceVariablesPatch),
	serviceLabels: z.optional(serviceVariablesPatch),
	/** `null`: follow the latest release again. */
	targetRelease: z.optional(releaseReference),
	hostExtensions: z.optional(z.boolean()),
});

export const devicePatchSchema = z.strictObject({
	name: z.optional(z.string()),
	config: z.optional(variablesPatch),
	environment: z.optional(variablesPatch),
	serviceEnvironment: z.optional(serviceVariablesPatch),
	pinnedRelease: z.optional(releaseReference),
	/** Releases of fleets of kind `host` and `supervisor`. */
	hostRelease: z.optional(releaseReference),
	supervisorRelease: z.optional(releaseReference),
	fleet: z.optional(fleetReference),
	deleted: z.optional(z.boolean()),
});

export const newKeySchema = z.strictObject({
	/** `user`: a named API key of a user; `session`: a log-in token, which is no API key. */
	kind: z.enum(['user', 'session']),
	key: z.optional(z.string()),
});

export const newFaultSchema = faultSchema;

/** See `Delta`. */
export const newDeltaSchema = z.strictObject({
	src: z.string(),
	dest: z.string(),
	processing: z.optional(z.int().check(z.nonnegative())),
	name: z.optional(z.string()),
	payload: z.optional(z.string()),
	location: z.optional(z.string()),
	refusesRanges: z.optional(z.boolean()),
});

export type NewFleetInput = z.input<typeof newFleetSchema>;
export type NewReleaseInput = z.input<typeof newReleaseSchema>;
export type FleetPatch = z.input<typeof fleetPatchSchema>;
export type DevicePatch = z.input<typeof devicePatchSchema>;
export type NewKeyInput = z.input<typeof newKeySchema>;
export type NewFaultInput = z.input<typeof newFaultSchema>;
export type VariablesPatch = z.output<typeof variablesPatch>;
export type ServiceVariablesPatch = z.output<typeof serviceVariablesPatch>;
export type NewDeltaInput = z.input<typeof newDeltaSchema>;
