import type { ImageInspection } from '../../ports/engine.ts';

/** Facts of the device that services are composed with (spec: compose 2.1). */
export interface ComposeContext {
	readonly deviceUuid: string;
	readonly deviceName: string;
	readonly deviceType: string;
	readonly deviceArch: string;
	/** `PRETTY_NAME` of the host's os-release. */
	readonly hostOsVersion?: string;
	readonly hostname: string;
	readonly deviceApiKey: string;
	readonly apiEndpoint: string;
	readonly listenPort: number;
	/** Gateway of `supervisor0`, where services on a bridge network reach the device API. */
	readonly supervisorHost: string;
	/** The engine's socket, as a path of the host. */
	readonly dockerSocket: string;
	readonly hasKernelModules: boolean;
	readonly hasFirmware: boolean;
	readonly boardRev?: string;
}

/** What composing one service needs beyond the target and the device. */
export interface ServiceInputs {
	/** Present when the image is on the engine. */
	readonly image?: ImageInspection;
	/** Scoped key; required if `wantsSupervisorApi` is true. */
	readonly supervisorApiKey?: string;
}

/** A value of the target that is ignored or replaced: for the process log, never fatal. */
export interface Notice {
	readonly path: string;
	readonly message: string;
}
