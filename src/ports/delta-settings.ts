/** The settings for delta requests (spec: cloud-api 2.1). Read again for every use. */
export interface DeltaSettings {
	readonly isEnabled: boolean;
	readonly version: number;
	/** The endpoint that issues tokens. Empty: the device has no cloud. */
	readonly apiEndpoint: string;
	readonly deltaEndpoint: string;
	/** `d_<uuid>` and the current key; `undefined` without one. */
	readonly login: { readonly username: string; readonly password: string } | undefined;
	readonly requestTimeoutMs: number;
	/** 0: no limit. */
	readonly applyTimeoutMs: number;
	/** Consecutive attempts without a received byte. */
	readonly retryCount: number;
	readonly retryIntervalMs: number;
}
