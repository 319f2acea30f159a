/** What the host's services say of themselves over the system bus. All reject with `SystemBusError`. */
export interface HostAbilities {
	/** The version of systemd: `252.22`. */
	systemdVersion(): Promise<string>;
	/** Whether systemd can load the unit. Whether it runs does not matter. */
	hasUnit(unit: string): Promise<boolean>;
	/** What logind answers: `yes`, `no`, `na`, `challenge`. */
	canReboot(): Promise<string>;
	/** Whether the kernel's clock is kept by a time server. */
	isClockSynchronised(): Promise<boolean>;
}
