/** The journal splits long lines into pieces. */
interface LinePiece {
	readonly message: string;
	readonly isPartial: boolean;
	readonly timestamp: number;
}

interface JoinedLine {
	readonly message: string;
	readonly timestamp: number;
}

/** A longer message is truncated later anyway. */
const LENGTH_MAX = 20_000;
/** A container that died in the middle of a line leaves its beginning here. */
const LINES_MAX = 64;

/** Joins the pieces of lines; pieces of several outputs may alternate. */
export class PartialLines {
	readonly #begun = new Map<string, JoinedLine>();

	/** `undefined`: more pieces are to come. */
	join(output: string, piece: LinePiece): JoinedLine | undefined {
		const begun = this.#begun.get(output);
		if (begun === undefined && !piece.isPartial) {
			return { message: piece.message, timestamp: piece.timestamp };
		}
		const before = begun?.message ?? '';
		const joined = {
			message: before.length < LENGTH_MAX ? before + piece.message : before,
			timestamp: begun?.timestamp ?? piece.timestamp,
		};
		this.#begun.delete(output);
		if (!piece.isPartial) {
			return joined;
		}
		const [oldest] = this.#begun.keys();
		if (this.#begun.size >= LINES_MAX && oldest !== undefined) {
			this.#begun.delete(oldest);
		}
		this.#begun.set(output, joined);
		return undefined;
	}
}
