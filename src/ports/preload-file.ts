/** The preload file of the disk image (spec: cloud-api 8.2). */
export interface PreloadFile {
	readonly path: string;
	/** `undefined` if the file does not exist. */
	read(): Promise<string | undefined>;
	/** Renames the file after it was taken over, unless the new name is taken. Never rejects. */
	retire(): Promise<void>;
}
