/** What asking for deltas takes of the settings (spec: cloud-api 2.1). Read anew for every use. */
export interface DeltaSettings {
	readonly isEnabled: boolean;
	readonly version: number;
	/** Issues tokens. Empty: the device has no cloud. */
	readonly apiEndpoint: string;
	readonly deltaEndpoint: string;
	/** `d_<uuid>` and the key of the moment; `undefined` while there is none. */
	readonly login: { readonly username: string; readonly password: string } | undefined;
	readonly requestTimeoutMs: number;
	/** 0: no limit. */
	readonly applyTimeoutMs: number;
	/** In a row, without a byte in between. */
	readonly retryCount: number;
	readonly retryIntervalMs: number;
}
