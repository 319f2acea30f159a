import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';

/** One line of the engine's answer to a pull. */
interface PullEvent {
	readonly id?: string;
	readonly status?: string;
	readonly progressDetail?: PlainObject;
	readonly error?: string;
}

/** Members of another type count as absent. */
export function readPullEvent(line: unknown): PullEvent {
	const { id, status, progressDetail, error, errorDetail } = isPlainObject(line) ? line : {};
	const message = isPlainObject(errorDetail) ? (errorDetail['message'] ?? error) : error;
	return {
		...(typeof id === 'string' && { id }),
		...(typeof status === 'string' && { status }),
		...(isPlainObject(progressDetail) && { progressDetail }),
		// An error without a text is an error too.
		...(message == null && errorDetail == null
			? {}
			: { error: typeof message === 'string' ? message : 'no reason given' }),
	};
}

interface Layer {
	readonly downloaded: number;
	readonly extracted: number;
}

/**
 * Percent of a pull from the events of the engine (spec: compose 8.6): the mean over layers of download and extraction,
 * or, on balenaEngine, its `Total` line. Never decreases.
 */
export class PullProgress {
	readonly #layers = new Map<string, Layer>();
	#percent = 0;
	#layerBytes = 0;
	#totalBytes = 0;
	/** Of each layer, as far as it was downloaded. */
	readonly #loaded = new Map<string, number>();

	/** Downloaded so far: of all layers, or, on balenaEngine, of its `Total` line. */
	get bytes(): number {
		return Math.max(this.#layerBytes, this.#totalBytes);
	}

	/** The percentage after one more event. */
	next(event: PullEvent): number {
		this.#countBytes(event);
		const seen = this.#percentAfter(event);
		this.#percent = Math.max(this.#percent, Math.min(100, Math.floor(seen)));
		return this.#percent;
	}

	/** A layer that begins at zero again after a broken connection counts once. */
	#countBytes({ id = '', status, progressDetail }: PullEvent): void {
		const current = progressDetail?.['current'];
		if (typeof current !== 'number') return;
		if (id === 'Total') {
			this.#totalBytes = Math.max(this.#totalBytes, current);
		} else if (status === 'Downloading') {
			const before = this.#loaded.get(id) ?? 0;
			this.#loaded.set(id, Math.max(before, current));
			this.#layerBytes += Math.max(0, current - before);
		}
	}

	#percentAfter(event: PullEvent): number {
		const { id, status = '' } = event;
		if (/^Status: (Image is up to date|Downloaded newer image)/.test(status)) {
			return 100;
		}
		const part = fractionOf(event);
		if (id === 'Total') {
			return part * 100;
		}
		if (id === undefined) {
			return this.#percent;
		}
		const layer = this.#layers.get(id) ?? { downloaded: 0, extracted: 0 };
		const next = advance(layer, status, part);
		if (next !== undefined) {
			this.#layers.set(id, next);
		}
		const layers = [...this.#layers.values()];
		const sum = layers.reduce((total, { downloaded, extracted }) => total + downloaded + extracted, 0);
		return layers.length === 0 ? this.#percent : (sum / (2 * layers.length)) * 100;
	}
}

function advance(layer: Layer, status: string, part: number): Layer | undefined {
	switch (status) {
		case 'Pulling fs layer':
		case 'Waiting':
			return layer;
		case 'Downloading':
			return { ...layer, downloaded: Math.max(layer.downloaded, part) };
		case 'Verifying Checksum':
		case 'Download complete':
			return { ...layer, downloaded: 1 };
		case 'Extracting':
			return { downloaded: 1, extracted: Math.max(layer.extracted, part) };
		case 'Pull complete':
		case 'Already exists':
			return { downloaded: 1, extracted: 1 };
		default:
			return undefined; // "Pulling from …", "Digest: …": not a layer
	}
}

function fractionOf({ progressDetail }: PullEvent): number {
	const { current, total } = progressDetail ?? {};
	return typeof current === 'number' && typeof total === 'number' && total > 0 ? current / total : 0;
}
