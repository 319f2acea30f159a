/** The images between which a delta is asked for, as their references are stored. */
export interface DeltaPair {
	readonly source: string;
	readonly target: string;
	/** The source is a version 2 delta itself, and holds next to nothing that a version 3 delta could build on. */
	readonly isSourceDeltaBaseOnly: boolean;
}

export type DeltaAnswer =
	/** Version 3: the engine fetches this image, and makes the target of it and of what it has. */
	| { readonly kind: 'image'; readonly reference: string; readonly registryToken: string }
	/** Version 2: a change to the files of the source. */
	| { readonly kind: 'patch'; readonly patch: DeltaPatch }
	/** There is none and there will be none: fetch the image as a whole. */
	| { readonly kind: 'none'; readonly because: string }
	/** It is still being made. Not a failure: ask again later. */
	| { readonly kind: 'processing' }
	/** Ask again later; `isServerAway`: no answer, or one that is not from a delta server. */
	| { readonly kind: 'failed'; readonly because: string; readonly isServerAway?: boolean };

export interface DeltaPatch {
	/** Fetches and applies it. Rejects with an `OperationalError`, or with the signal's reason. */
	apply(options: {
		/** Engine id of the source. */
		readonly source: string;
		readonly signal: AbortSignal;
		/** 0 to 100, never falls. */
		readonly progress: (percent: number) => void;
	}): Promise<PatchResult>;
}

export type PatchResult =
	| { readonly kind: 'done'; readonly engineImageId: string }
	/** It does not fit the source: fetch the image as a whole. */
	| { readonly kind: 'out-of-sync'; readonly because: string };

/** Where deltas come from (spec: cloud-api 14.3 to 14.7). */
export interface Deltas {
	/** The setting. Read anew for each image. */
	isEnabled(): Promise<boolean>;
	/**
	 * One question to the cloud, two at most. What goes wrong out there is an answer: rejects only with the signal's
	 * reason, or when our own settings cannot be read.
	 */
	ask(pair: DeltaPair, signal: AbortSignal): Promise<DeltaAnswer>;
}
