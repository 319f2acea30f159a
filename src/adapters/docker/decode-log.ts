/** Before each piece of output: which output it is of, three unused bytes, and its length. */
const HEADER_BYTES = 8;

/**
 * The lines of a container's log as the engine sends it: as it is with a terminal; without one in pieces, each behind a
 * header.
 */
export function decodeLog(content: Buffer): readonly string[] {
	const text = (isFramed(content) ? Buffer.concat(piecesOf(content)) : content).toString('utf8');
	return text
		.split('\n')
		.map((line) => line.replace(/\r$/, ''))
		.filter((line) => line !== '');
}

/** A terminal does not send these bytes at the start of anything. */
function isFramed(content: Buffer): boolean {
	return content.length >= HEADER_BYTES && content.readUInt8(0) <= 2 && content.readUIntBE(1, 3) === 0;
}

function piecesOf(content: Buffer): readonly Buffer[] {
	const pieces: Buffer[] = [];
	let at = 0;
	while (at + HEADER_BYTES <= content.length) {
		const end = at + HEADER_BYTES + content.readUInt32BE(at + 4);
		pieces.push(content.subarray(at + HEADER_BYTES, end));
		at = end;
	}
	return pieces;
}
