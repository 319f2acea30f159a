import type { PatchResult } from '../ports/image-patcher.ts';

/** Source and target of a delta, as stored references. */
export interface DeltaPair {
	readonly source: string;
	readonly target: string;
	/** The source is a version 2 delta itself: a version 3 delta cannot build on it. */
	readonly isSourceDeltaBaseOnly: boolean;
}

export type DeltaAnswer =
	/** Version 3: the engine pulls this image and combines it with the source. */
	| { readonly kind: 'image'; readonly reference: string; readonly registryToken: string }
	/** Version 2: a patch for the files of the source. */
	| { readonly kind: 'patch'; readonly patch: DeltaPatch }
	/** There is no delta and there will be none: pull the whole image. */
	| { readonly kind: 'none'; readonly because: string }
	/** It is still being made. Not a failure: ask again later. */
	| { readonly kind: 'processing' }
	/** Ask again later; `isServerAway`: no answer, or one that is not from a delta server. */
	| { readonly kind: 'failed'; readonly because: string; readonly isServerAway?: boolean };

export interface DeltaPatch {
	/** Downloads and applies the delta. Rejects with an `OperationalError`, or with the signal's reason. */
	apply(options: {
		/** Engine id of the source. */
		readonly source: string;
		readonly signal: AbortSignal;
		/** 0 to 100, never falls. */
		readonly progress: (percent: number) => void;
	}): Promise<PatchResult>;
}

/** Where deltas come from (spec: cloud-api 14.3 to 14.7). */
export interface Deltas {
	/** The setting, read again for each image. */
	isEnabled(): Promise<boolean>;
	/**
	 * One request to the cloud, two at most. A failure of the cloud is an answer: rejects only with the signal's reason,
	 * or when our own settings cannot be read.
	 */
	ask(pair: DeltaPair, signal: AbortSignal): Promise<DeltaAnswer>;
}
