/** As much of the messages of the domain name system as asking for addresses takes (RFC 1035, RFC 6762). Pure. */

export type AddressType = 'A' | 'AAAA';

interface DnsQuestion {
	/** Without a dot at its end. */
	readonly name: string;
	readonly type: AddressType;
}

export type DnsAnswer =
	| { readonly type: AddressType; readonly name: string; readonly address: string }
	| { readonly type: 'CNAME'; readonly name: string; readonly target: string };

const TYPE_NUMBERS = { A: 1, CNAME: 5, AAAA: 28 } as const;
const CLASS_INTERNET = 1;
const HEADER_BYTES = 12;
const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;
/** More than any packet with an address for us has. */
const RECORDS_MAX = 200;
const IS_RESPONSE = 0x8000;
/** Of the class of a record: others of this name are obsolete. */
const CACHE_FLUSH = 0x8000;

/** `undefined`: one of the names cannot be asked for. */
export function encodeQuery(questions: readonly DnsQuestion[]): Buffer | undefined {
	const header = Buffer.alloc(HEADER_BYTES);
	header.writeUInt16BE(questions.length, 4);
	const parts: Buffer[] = [header];
	for (const { name, type } of questions) {
		const encoded = encodeName(name);
		if (encoded === undefined) {
			return undefined;
		}
		const rest = Buffer.alloc(4);
		rest.writeUInt16BE(TYPE_NUMBERS[type], 0);
		rest.writeUInt16BE(CLASS_INTERNET, 2);
		parts.push(encoded, rest);
	}
	return Buffer.concat(parts);
}

/** `undefined`: it has an empty label, one that is too long, or is too long itself. */
export function encodeName(name: string): Buffer | undefined {
	const labels = name.split('.').map((label) => Buffer.from(label, 'utf8'));
	if (labels.some(({ length }) => length === 0 || length > LABEL_BYTES_MAX)) {
		return undefined;
	}
	const encoded = Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
	return encoded.length > NAME_BYTES_MAX ? undefined : encoded;
}

/** The answers we can use, wherever in the packet; none if it is no response or cannot be read. Never throws. */
export function decodeAnswers(packet: Buffer): readonly DnsAnswer[] {
	if (packet.length < HEADER_BYTES || (packet.readUInt16BE(2) & IS_RESPONSE) === 0) {
		return [];
	}
	const questions = packet.readUInt16BE(4);
	const records = packet.readUInt16BE(6) + packet.readUInt16BE(8) + packet.readUInt16BE(10);
	if (questions + records > RECORDS_MAX) {
		return [];
	}
	let at: number | undefined = HEADER_BYTES;
	for (let question = 0; question < questions && at !== undefined; question++) {
		const name = readName(packet, at);
		at = name === undefined ? undefined : name.end + 4;
	}
	const answers: DnsAnswer[] = [];
	for (let record = 0; record < records && at !== undefined; record++) {
		const read = readRecord(packet, at);
		if (read?.answer !== undefined) {
			answers.push(read.answer);
		}
		at = read?.end;
	}
	return answers;
}

/** `undefined`: the packet ends before it does. */
function readRecord(
	packet: Buffer,
	start: number,
): { readonly answer: DnsAnswer | undefined; readonly end: number } | undefined {
	const name = readName(packet, start);
	if (name === undefined || name.end + 10 > packet.length) {
		return undefined;
	}
	const type = packet.readUInt16BE(name.end);
	const recordClass = packet.readUInt16BE(name.end + 2) & ~CACHE_FLUSH;
	const lifetime = packet.readUInt32BE(name.end + 4);
	const from = name.end + 10;
	const end = from + packet.readUInt16BE(name.end + 8);
	if (end > packet.length) {
		return undefined;
	}
	// Without a lifetime it says goodbye: the address is not its own any more.
	const isUsable = recordClass === CLASS_INTERNET && lifetime > 0;
	return { answer: isUsable ? readAnswer(packet, { name: name.text, type, from, end }) : undefined, end };
}

function readAnswer(
	packet: Buffer,
	record: { readonly name: string; readonly type: number; readonly from: number; readonly end: number },
): DnsAnswer | undefined {
	const { name, type, from, end } = record;
	const data = packet.subarray(from, end);
	switch (type) {
		case TYPE_NUMBERS.A:
			return data.length === 4 ? { type: 'A', name, address: data.join('.') } : undefined;
		case TYPE_NUMBERS.AAAA:
			return data.length === 16 ? { type: 'AAAA', name, address: writeIpv6(data) } : undefined;
		case TYPE_NUMBERS.CNAME: {
			const target = readName(packet, from);
			return target?.end === end ? { type: 'CNAME', name, target: target.text } : undefined;
		}
		default:
			return undefined;
	}
}

/** Not the shortest form, but one that everybody reads. */
function writeIpv6(data: Buffer): string {
	return Array.from({ length: 8 }, (_, group) => data.readUInt16BE(group * 2).toString(16)).join(':');
}

/** A pointer may only lead back to before the part it ends, so that there is an end. */
function readName(packet: Buffer, start: number): { readonly text: string; readonly end: number } | undefined {
	const labels: string[] = [];
	let [at, before, bytes] = [start, start, 0];
	let end: number | undefined;
	for (;;) {
		const length = packet[at];
		if (length === undefined) {
			return undefined;
		}
		if (length === 0) {
			return { text: labels.join('.'), end: end ?? at + 1 };
		}
		if (length >= 0xc0) {
			const low = packet[at + 1];
			const target = ((length & 0x3f) << 8) | (low ?? 0);
			if (low === undefined || target >= before) {
				return undefined;
			}
			end ??= at + 2;
			[at, before] = [target, target];
			continue;
		}
		bytes += length + 1;
		if (length > LABEL_BYTES_MAX || bytes >= NAME_BYTES_MAX || at + 1 + length > packet.length) {
			return undefined;
		}
		labels.push(packet.toString('utf8', at + 1, at + 1 + length));
		at += 1 + length;
	}
}
