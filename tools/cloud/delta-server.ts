/** What the control API says of one delta. Not stored: deltas can be made again. */
interface Delta {
	/** References as devices name them. */
	readonly src: string;
	readonly dest: string;
	/** The number of requests that are answered with "still being made". */
	readonly processing?: number | undefined;
	/** Version 3: the image that is the delta. */
	readonly name?: string | undefined;
	/** Version 2: what is downloaded from here, base64; */
	readonly payload?: string | undefined;
	/** or from where else. */
	readonly location?: string | undefined;
	/** Payloads are sent from their beginning only. */
	readonly refusesRanges?: boolean | undefined;
}

interface KnownDelta extends Delta {
	readonly id: number;
	processing: number;
}

/**
 * The delta server, beside the API for simplicity. It computes nothing: a test lists the deltas. Other answers and broken
 * connections are faults.
 */
export class DeltaServer {
	readonly #deltas: KnownDelta[] = [];

	/** Takes the place of an earlier one between the same images. */
	add(delta: Delta): { readonly id: number } {
		const id = this.#deltas.length + 1;
		this.#deltas.push({ ...delta, id, processing: delta.processing ?? 0 });
		return { id };
	}

	find(src: string, dest: string): KnownDelta | undefined {
		return this.#deltas.findLast((delta) => delta.src === src && delta.dest === dest);
	}

	byId(id: number): KnownDelta | undefined {
		return this.#deltas.find((delta) => delta.id === id);
	}
}
