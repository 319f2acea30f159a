/** Header of each chunk of output: its stream, three unused bytes, and its length. */
const HEADER_BYTES = 8;

/**
 * The lines of a container's log as the engine sends it: plain from a terminal, otherwise in chunks with a header each.
 */
export function decodeLog(content: Buffer): readonly string[] {
	const text = (isFramed(content) ? Buffer.concat(piecesOf(content)) : content).toString('utf8');
	return text
		.split('\n')
		.map((line) => line.replace(/\r$/, ''))
		.filter((line) => line !== '');
}

/** A terminal does not send these bytes first. */
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
