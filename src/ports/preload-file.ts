/** What was put on the device's disk before its first start (spec: cloud-api 8.2). */
export interface PreloadFile {
	readonly path: string;
	/** `undefined` if there is none. */
	read(): Promise<string | undefined>;
	/** It has been taken over: kept beside, under another name, unless something is there already. Never rejects. */
	retire(): Promise<void>;
}
