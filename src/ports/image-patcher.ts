import type { PatchResult } from './deltas.ts';

/** The files of images, as tar archives, and images made of files. All reject with `EngineError`. */
export interface ImageArchives {
	/** Without what containers add. Both ends have to be used: read it, or close it. */
	exportFiles(
		engineImageId: string,
		signal: AbortSignal,
	): Promise<{
		readonly archive: AsyncIterable<Uint8Array>;
		readonly close: () => Promise<void>;
	}>;
	/** One layer, and a configuration as the engine writes it. Resolves to the new engine id. */
	importFiles(
		image: { readonly archive: AsyncIterable<Uint8Array>; readonly config: object },
		signal: AbortSignal,
	): Promise<string>;
}

/** A folder for the files of one image while they are changed. */
export interface PatchFolder {
	/** The files of an archive, with owners and times. */
	unpack(archive: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
	/** The exit code of rsync. */
	applyBatch(batch: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number>;
	pack(signal: AbortSignal): AsyncIterable<Uint8Array>;
	remove(): Promise<void>;
}

export interface PatchFolders {
	/** The machine has the programs for it. */
	isAvailable(): Promise<boolean>;
	create(): Promise<PatchFolder>;
}

/** Makes an image of another one's files and a change to them. */
export interface ImagePatcher {
	isAvailable(): Promise<boolean>;
	/** Rejects with an `OperationalError`, or with the signal's reason. */
	apply(
		options: {
			/** Engine id. */
			readonly source: string;
			readonly config: object;
			/** As rsync wrote it. */
			readonly batch: AsyncIterable<Uint8Array>;
		},
		signal: AbortSignal,
	): Promise<PatchResult>;
}
