import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface Responder {
	readonly port: number;
	/** Names asked for, as they came: `A x.local`. */
	readonly asked: readonly string[];
	stop(): Promise<void>;
}

export interface ResponderOptions {
	/** Of the multicast group; 0: any that is free. */
	readonly port?: number;
	/** Of the network that it answers on. */
	readonly interfaceAddress?: string;
	/** `A x.local` → address, `CNAME x.local` → name. */
	readonly records: Readonly<Record<string, string>>;
	/** So many questions are not heard. */
	readonly deafFor?: number;
	/** Says it to all, as most do, instead of to the one who asked. */
	readonly isLoud?: boolean;
}

const GROUP = '224.0.0.251';
const TYPES: Readonly<Record<number, string>> = { 1: 'A', 5: 'CNAME', 28: 'AAAA' };

/** Answers for names by multicast, as a machine on the network would. Shares no code with those who ask. */
export async function startResponder(options: ResponderOptions): Promise<Responder> {
	const { interfaceAddress = '127.0.0.1', records, isLoud = false } = options;
	let deafFor = options.deafFor ?? 0;
	const asked: string[] = [];
	const socket = createSocket({ type: 'udp4', reuseAddr: true });
	socket.bind(options.port ?? 0);
	await once(socket, 'listening');
	socket.addMembership(GROUP, interfaceAddress);
	socket.setMulticastInterface(interfaceAddress);
	const { port } = socket.address();
	socket.on('message', (packet, from) => {
		if ((packet[2] ?? 0x80) >= 0x80) return; // an answer, not a query
		const questions = readQuestions(packet);
		asked.push(...questions);
		if (deafFor > 0) {
			deafFor -= 1;
			return;
		}
		const found = questions.flatMap((question) => {
			const [type = '', name = ''] = question.split(' ');
			const direct = records[question];
			const alias = records[`CNAME ${name}`];
			return direct !== undefined ? [write(type, name, direct)] : alias ? [write('CNAME', name, alias)] : [];
		});
		if (found.length === 0) return;
		const header = Buffer.from([0, 0, 0x84, 0, 0, 0, 0, found.length, 0, 0, 0, 0]);
		const answer = Buffer.concat([header, ...found]);
		if (isLoud) socket.send(answer, port, GROUP);
		else socket.send(answer, from.port, from.address);
	});
	return {
		port,
		asked,
		stop: () => new Promise((resolve) => socket.close(() => resolve())),
	};
}

function readQuestions(packet: Buffer): readonly string[] {
	const questions: string[] = [];
	let at = 12;
	for (let question = 0; question < packet.readUInt16BE(4); question++) {
		const labels: string[] = [];
		for (; packet[at] !== 0; at += 1 + packet[at]!) labels.push(packet.toString('utf8', at + 1, at + 1 + packet[at]!));
		questions.push(`${TYPES[packet.readUInt16BE(at + 1)]} ${labels.join('.')}`);
		at += 5;
	}
	return questions;
}

function write(type: string, name: string, value: string): Buffer {
	const encode = (text: string) =>
		Buffer.concat([...text.split('.').flatMap((part) => [Buffer.of(part.length), Buffer.from(part)]), Buffer.of(0)]);
	const data =
		type === 'A'
			? Buffer.from(value.split('.').map(Number))
			: type === 'AAAA'
				? Buffer.from(value.replaceAll(':', ''), 'hex') // all 32 digits
				: encode(value);
	const number = Number(Object.keys(TYPES).find((key) => TYPES[Number(key)] === type));
	return Buffer.concat([encode(name), Buffer.from([0, number, 0x80, 1, 0, 0, 0, 120, 0, data.length]), data]);
}
