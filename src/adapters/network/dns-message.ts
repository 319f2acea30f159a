import { answer, encode, name, question } from 'dns-packet';

/** The part of DNS messages that a query for addresses needs (RFC 1035, RFC 6762). Pure. */

export type AddressType = 'A' | 'AAAA';

interface DnsQuestion {
	/** Without a trailing dot. */
	readonly name: string;
	readonly type: AddressType;
}

export type DnsAnswer =
	| { readonly type: AddressType; readonly name: string; readonly address: string }
	| { readonly type: 'CNAME'; readonly name: string; readonly target: string };

const HEADER_BYTES = 12;
/** The part of a record after its name: type, class, lifetime and length of its data. */
const RECORD_HEAD_BYTES = 10;
const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;
/** More than any packet with an address for us contains. */
const RECORDS_MAX = 200;
const IS_RESPONSE = 0x8000;

/** `undefined`: one of the names is not valid in a query. */
export function encodeQuery(questions: readonly DnsQuestion[]): Buffer | undefined {
	return questions.every((one) => isName(one.name)) ? encode({ type: 'query', questions }) : undefined;
}

/** The codec writes an empty label, and one that is too long, as something else. */
function isName(text: string): boolean {
	const lengths = text.split('.').map((label) => Buffer.byteLength(label));
	const bytes = lengths.reduce((sum, length) => sum + length + 1, 1);
	return bytes <= NAME_BYTES_MAX && lengths.every((length) => length > 0 && length <= LABEL_BYTES_MAX);
}

/** The usable answers of any section; none if the packet is no response or cannot be read. Never throws. */
export function decodeAnswers(packet: Buffer): readonly DnsAnswer[] {
	const found: DnsAnswer[] = [];
	try {
		readAnswers(packet, found);
	} catch {
		// The codec throws at data that it cannot read. Records before that are used.
	}
	return found;
}

function readAnswers(packet: Buffer, found: DnsAnswer[]): void {
	if ((packet.readUInt16BE(2) & IS_RESPONSE) === 0) return;
	const questions = packet.readUInt16BE(4);
	const records = packet.readUInt16BE(6) + packet.readUInt16BE(8) + packet.readUInt16BE(10);
	if (questions + records > RECORDS_MAX) return;
	let at = HEADER_BYTES;
	for (let count = 0; count < questions; count++) {
		question.decode(packet, at);
		at += question.decode.bytes;
	}
	for (let count = 0; count < records; count++) {
		name.decode(packet, at);
		const head = at + name.decode.bytes;
		const end = head + RECORD_HEAD_BYTES + packet.readUInt16BE(head + 8);
		if (end > packet.length) return;
		found.push(...readRecord(packet.subarray(0, end), at));
		at = end; // by the length in the record: the codec may read its data differently
	}
}

/** Empty if it is of another kind, or if its data have another length than the record says. */
function readRecord(packet: Buffer, at: number): readonly DnsAnswer[] {
	let record: ReturnType<typeof answer.decode>;
	try {
		record = answer.decode(packet, at);
	} catch {
		return []; // records of other kinds may contain anything
	}
	// TTL 0 is a goodbye packet (RFC 6762 10.1): the name no longer has the address.
	const isUsable = record.class === 'IN' && record.ttl > 0 && at + answer.decode.bytes === packet.length;
	if (!isUsable || typeof record.data !== 'string') return [];
	switch (record.type) {
		case 'A':
		case 'AAAA':
			return [{ type: record.type, name: record.name, address: record.data }];
		case 'CNAME':
			return [{ type: 'CNAME', name: record.name, target: record.data }];
		default:
			return [];
	}
}
