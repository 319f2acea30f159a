/** A difference that a reboot applies. In the same words each time it is found, so that its reboots can be counted. */
export interface RebootCause {
	/** What asks for it: a part of the target, or a container. Reboots for an earlier scope do not count. */
	readonly scope: string;
	/** For people: `HOST_CONFIG_gpu_mem=64 (config.txt)`. */
	readonly what: string;
}

/** Kept across boots. */
export interface RebootRecord extends RebootCause {
	/** How often the supervisor has asked the system for a reboot because of it. */
	readonly reboots: number;
	/** The user was notified that no more are made. */
	readonly isGivenUp: boolean;
}

export interface RebootsMade {
	/** What the reboot that is due will apply. Empty: none is due, or its cause is unknown. */
	readonly due: readonly RebootCause[];
	readonly records: readonly RebootRecord[];
}

const CONTAINER = 'container ';
/** After so many reboots without effect there are no more for the same cause. */
const REBOOTS_MAX = 3;

export function isSameCause(one: RebootCause, other: RebootCause): boolean {
	return one.scope === other.scope && one.what === other.what;
}

export function isDue(cause: RebootCause, { due }: RebootsMade): boolean {
	return due.some((each) => isSameCause(each, cause));
}

export function findRecord(cause: RebootCause, { records }: RebootsMade): RebootRecord | undefined {
	return records.find((each) => isSameCause(each, cause));
}

/** The difference is there again after the last reboot that is made for it. One that is due has yet to show its effect. */
export function isIneffective(cause: RebootCause, made: RebootsMade): boolean {
	return (findRecord(cause, made)?.reboots ?? 0) >= REBOOTS_MAX && !isDue(cause, made);
}

export function isOfContainer({ scope }: RebootCause): boolean {
	return scope.startsWith(CONTAINER);
}

/** A container that was there for a reboot has been through a boot, whatever the clocks say. */
export function containerCause(containerId: string, serviceName: string): RebootCause {
	return { scope: `${CONTAINER}${containerId}`, what: `service ${serviceName}` };
}
