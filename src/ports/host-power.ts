/**
 * `none`: no reboot was asked for. `done`: one was, and the device has booted since. `required`: it has not.
 */
export type RebootMarkState = 'none' | 'done' | 'required';

/** The mark that a reboot is due (spec: planner 6.3): a file that the reboot clears. */
export interface RebootMark {
	state(): Promise<RebootMarkState>;
	set(): Promise<void>;
	/** Wall clock, ISO 8601: containers created later have not been through a boot. */
	bootedAt(): Promise<string>;
}

/** Asks the operating system. Resolves when the request was accepted; the operating system then ends this process. */
export interface HostPower {
	/** A host OS update is in progress: no reboot and no shutdown (spec: planner 6.3). */
	isHostUpdating(): Promise<boolean>;
	reboot(): Promise<void>;
	powerOff(): Promise<void>;
}
