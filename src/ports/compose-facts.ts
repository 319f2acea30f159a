/** What the host says, read once: it changes with a boot or an update of the operating system, and so do we. */
export interface HostComposeFacts {
	readonly hostname: string;
	readonly boardRev?: string;
	readonly hasKernelModules: boolean;
	readonly hasFirmware: boolean;
}
