import type { ContainerLine } from '../../ports/container-logs.ts';

/** Header of each chunk of output: its stream, three unused bytes, and its length. */
const HEADER_BYTES = 8;
/** The rest of a longer line is dropped: space for 10 000 characters of any kind. */
const LINE_MAX_BYTES = 40_000;
const NEW_LINE = 10;
const STDERR = 2;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;
const TIME_LENGTH = 30;

/** A line whose end has not come yet: the engine splits long lines, each part with its own time. */
interface Begun {
	readonly time: string;
	readonly pieces: Buffer[];
	bytes: number;
}

/** Splits the log that the engine sends with times into lines; chunks may end anywhere. */
export class LogLines {
	readonly #hasTerminal: boolean;
	#rest: Buffer = Buffer.alloc(0);
	readonly #begun = new Map<boolean, Begun>();

	constructor(options: { readonly hasTerminal: boolean }) {
		this.#hasTerminal = options.hasTerminal;
	}

	push(chunk: Buffer): readonly ContainerLine[] {
		const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
		const lines: ContainerLine[] = [];
		const end = this.#hasTerminal ? this.#readLines(bytes, lines) : this.#readPieces(bytes, lines);
		// A copy, otherwise a few bytes would keep the whole chunk in memory.
		this.#rest = end === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(end));
		return lines;
	}

	/** One part after each header. */
	#readPieces(bytes: Buffer, lines: ContainerLine[]): number {
		let at = 0;
		while (at + HEADER_BYTES <= bytes.length) {
			const start = at + HEADER_BYTES;
			const end = start + bytes.readUInt32BE(at + 4);
			if (end > bytes.length) {
				break;
			}
			this.#addPiece(bytes.readUInt8(at) === STDERR, bytes.subarray(start, end), lines);
			at = end;
		}
		return at;
	}

	/** From a terminal: no headers, so the stream is unknown. */
	#readLines(bytes: Buffer, lines: ContainerLine[]): number {
		let at = 0;
		for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, at)) {
			this.#addPiece(false, bytes.subarray(at, end + 1), lines);
			at = end + 1;
		}
		if (bytes.length - at > LINE_MAX_BYTES) {
			this.#addPiece(false, bytes.subarray(at), lines);
			return bytes.length;
		}
		return at;
	}

	#addPiece(isStdErr: boolean, piece: Buffer, lines: ContainerLine[]): void {
		const { time, text } = splitTime(piece);
		const begun = this.#begun.get(isStdErr);
		const isWhole = text.at(-1) === NEW_LINE;
		if (begun === undefined && time === '') {
			return; // the rest of a line whose beginning was not sent
		}
		if (begun === undefined && isWhole) {
			lines.push({ isStdErr, time, text: toText([text]) });
			return;
		}
		const line = begun ?? { time, pieces: [], bytes: 0 };
		if (line.bytes < LINE_MAX_BYTES) {
			line.pieces.push(Buffer.from(text));
			line.bytes += text.length;
		}
		if (isWhole) {
			this.#begun.delete(isStdErr);
			lines.push({ isStdErr, time: line.time, text: toText(line.pieces) });
		} else {
			this.#begun.set(isStdErr, line);
		}
	}
}

function splitTime(piece: Buffer): { readonly time: string; readonly text: Buffer } {
	const time = piece.toString('latin1', 0, TIME_LENGTH);
	return TIME.test(time) ? { time, text: piece.subarray(TIME_LENGTH + 1) } : { time: '', text: piece };
}

function toText(pieces: readonly Buffer[]): string {
	const [only] = pieces;
	const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
	let end = bytes.length;
	if (bytes[end - 1] === NEW_LINE) {
		end -= bytes[end - 2] === 13 ? 2 : 1;
	}
	return bytes.toString('utf8', 0, end);
}
