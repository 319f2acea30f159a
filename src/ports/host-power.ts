/**
 * `none`: no reboot was asked for. `done`: one was, and the device has booted since. `required`: it has not.
 */
export type RebootMarkState = 'none' | 'done' | 'required';

/** The mark that a reboot is due (spec: planner 6.3): a file that a reboot clears. */
export interface RebootMark {
	state(): Promise<RebootMarkState>;
	set(): Promise<void>;
	/** By the wall clock, ISO 8601: containers created after it have not seen a boot. */
	bootedAt(): Promise<string>;
}

/** Asks the operating system. Resolves when it has been asked; the end of this process follows. */
export interface HostPower {
	/** An update of the operating system is not finished yet: neither may happen (spec: planner 6.3). */
	isHostUpdating(): Promise<boolean>;
	reboot(): Promise<void>;
	powerOff(): Promise<void>;
}
