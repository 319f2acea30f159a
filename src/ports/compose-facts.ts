/** Facts about the host, read once: they change only with a boot, which also restarts the supervisor. */
export interface HostComposeFacts {
	readonly hostname: string;
	readonly boardRev?: string;
	readonly hasKernelModules: boolean;
	readonly hasFirmware: boolean;
}
