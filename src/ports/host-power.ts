import type { RebootCause } from '../domain/reboot.ts';

/**
 * `none`: no reboot was asked for. `done`: one was, and the device has booted since. `required`: it has not.
 */
export type RebootMarkState = 'none' | 'done' | 'required';

/** The mark that a reboot is due (spec: planner 6.3): a file that the reboot clears. */
export interface RebootMark {
	state(): Promise<RebootMarkState>;
	/** What it was set for since the last boot. Empty: no reboot is due, or another program has set it. */
	causes(): Promise<readonly RebootCause[]>;
	/** Adds the cause, if it is not there. */
	set(cause?: RebootCause): Promise<void>;
	/** To be called before the reboot that is due: from then on no jump of the clock brings this mark back after a boot. */
	claim(): Promise<ClaimedMark>;
	/** Wall clock, ISO 8601: containers created later have not been through a boot. */
	bootedAt(): Promise<string>;
}

export interface ClaimedMark {
	/** Another one after each boot. */
	readonly id: string;
	readonly causes: readonly RebootCause[];
}

/** Asks the operating system. Resolves when the request was accepted; the operating system then ends this process. */
export interface HostPower {
	/** A host OS update is in progress: no reboot and no shutdown (spec: planner 6.3). */
	isHostUpdating(): Promise<boolean>;
	reboot(): Promise<void>;
	powerOff(): Promise<void>;
}
