/** The subject of a requirement. */
export const REQUIREMENT_TYPES = [
	'sw.supervisor',
	'sw.l4t',
	'sw.os',
	'sw.kernel',
	'hw.device-type',
	'arch.sw',
] as const;
export type RequirementType = (typeof REQUIREMENT_TYPES)[number];

/** Requires that the device has something of this type, and, if given, of this name, version and further properties. */
export interface FactRequirement {
	readonly type: RequirementType;
	readonly slug?: string;
	/** A range of versions. */
	readonly version?: string;
	readonly data?: object;
}

/** One of them is enough. An empty list requires nothing. */
interface AnyRequirement {
	readonly or: readonly FactRequirement[];
}

export type Requirement = FactRequirement | AnyRequirement;

/** The requirements of a service on the device that runs it (spec: planner 5.3). */
export interface Contract {
	readonly type: string;
	readonly slug?: string;
	/** All of them have to be met. */
	readonly requires: readonly Requirement[];
}
