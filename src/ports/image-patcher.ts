/** Exports the files of an image as a tar archive and imports files as an image. All reject with `EngineError`. */
export interface ImageArchives {
	/** Without the files that containers add. The caller must read or close the stream. */
	exportFiles(
		engineImageId: string,
		signal: AbortSignal,
	): Promise<{
		readonly archive: AsyncIterable<Uint8Array>;
		readonly close: () => Promise<void>;
	}>;
	/** One layer and a configuration in the engine's format. Resolves to the new engine id. */
	importFiles(
		image: { readonly archive: AsyncIterable<Uint8Array>; readonly config: object },
		signal: AbortSignal,
	): Promise<string>;
}

/** A folder for the files of one image while they are patched. */
export interface PatchFolder {
	/** Unpacks an archive, with owners and times. */
	unpack(archive: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
	/** The exit code of rsync. */
	applyBatch(batch: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number>;
	pack(signal: AbortSignal): AsyncIterable<Uint8Array>;
	remove(): Promise<void>;
}

export interface PatchFolders {
	/** The host has the programs for it. */
	isAvailable(): Promise<boolean>;
	create(): Promise<PatchFolder>;
}

/** Makes an image from the files of another image and a patch. */
export interface ImagePatcher {
	isAvailable(): Promise<boolean>;
	/** Rejects with an `OperationalError`, or with the signal's reason. */
	apply(
		options: {
			/** Engine id. */
			readonly source: string;
			readonly config: object;
			/** The rsync batch. */
			readonly batch: AsyncIterable<Uint8Array>;
		},
		signal: AbortSignal,
	): Promise<PatchResult>;
}

export type PatchResult =
	| { readonly kind: 'done'; readonly engineImageId: string }
	/** The delta does not fit the source: pull the whole image. */
	| { readonly kind: 'out-of-sync'; readonly because: string };
