/** A release of the host OS, and what installs it (spec: host-update 1). */
export interface HostRelease {
	readonly appId: number;
	readonly appUuid: string;
	readonly commit: string;
	/** The service with the file system of the release. */
	readonly serviceName: string;
	/** That file system, for the updater; the supervisor does not fetch it. */
	readonly image: string;
	/** The image with the program that installs it. */
	readonly updater: string;
	/** The build that a device shows when it runs this release. */
	readonly build: string;
}

/** What the target says of the host OS. */
export type WantedHostOs =
	| { readonly state: 'ready'; readonly release: HostRelease }
	/** It names a release that cannot be installed. */
	| { readonly state: 'rejected'; readonly appUuid: string; readonly commit: string; readonly reason: string }
	/** It names a host app without a release, and nothing is done about it. */
	| { readonly state: 'none'; readonly appUuid: string };
