import { createSocket, type Socket } from 'node:dgram';
import type { LookupAddress } from 'node:dns';
import { networkInterfaces } from 'node:os';
import { decodeAnswers, encodeQuery, type AddressType, type DnsAnswer } from './dns-message.ts';

interface MulticastDnsOptions {
	readonly group?: string;
	readonly port?: number;
}

const GROUP = '224.0.0.251';
const PORT = 5353;
const REPEAT_MS = 500;
const TIMEOUT_MS = 3000;
/** After an answer of one address family, the other one has this long: most devices have only one. */
const OTHER_FAMILY_MS = 250;
const FAMILIES = { A: 4, AAAA: 6 } as const;
const ALIASES_MAX = 8;

/** Asks the local network by mDNS for a name that ends in `.local` (spec: host 8.4). Caches nothing between queries. */
export class MulticastDns {
	readonly #group: string;
	readonly #port: number;

	constructor({ group = GROUP, port = PORT }: MulticastDnsOptions = {}) {
		this.#group = group;
		this.#port = port;
	}

	/** Never rejects: without an answer, and if no query can be sent, there are no addresses. */
	async resolve(name: string, families: readonly (4 | 6)[]): Promise<readonly LookupAddress[]> {
		const types = (['A', 'AAAA'] as const).filter((type) => families.includes(FAMILIES[type]));
		const sockets = await this.#openSockets();
		try {
			return await new Promise((resolve) => this.#ask(sockets, new Search(name, types), resolve));
		} finally {
			for (const socket of sockets) {
				socket.close();
			}
		}
	}

	#ask(sockets: readonly Socket[], search: Search, resolve: (found: readonly LookupAddress[]) => void): void {
		const end = () => {
			clearInterval(repeat);
			clearTimeout(timeout);
			clearTimeout(rest);
			for (const socket of sockets) {
				socket.removeAllListeners('message');
			}
			resolve(search.found());
		};
		const send = () => {
			const query = encodeQuery(search.questions());
			for (const socket of query === undefined ? [] : sockets) {
				socket.send(query ?? '', this.#port, this.#group, () => undefined); // one failed socket does not matter
			}
		};
		const repeat = setInterval(send, REPEAT_MS);
		const timeout = setTimeout(end, TIMEOUT_MS);
		let rest: NodeJS.Timeout | undefined;
		for (const socket of sockets) {
			socket.on('message', (packet: Buffer) => {
				const heard = search.hear(decodeAnswers(packet));
				if (search.isDone) {
					end();
				} else if (heard === 'address') {
					rest ??= setTimeout(end, OTHER_FAMILY_MS);
				} else if (heard === 'alias') {
					send();
				}
			});
		}
		send();
	}

	/** One socket for each network of the device; those that cannot be opened are left out. */
	async #openSockets(): Promise<readonly Socket[]> {
		const addresses = Object.values(networkInterfaces())
			.flatMap((each) => each ?? [])
			.filter(({ family }) => family === 'IPv4')
			.map(({ address }) => address);
		const opened = await Promise.all(addresses.map((address) => this.#openSocket(address)));
		return opened.filter((socket) => socket !== undefined);
	}

	/**
	 * Bound to the mDNS port, shared with other programs, because some responders answer only there. If another program
	 * has the port exclusively, answers come to the socket of the query.
	 */
	async #openSocket(address: string): Promise<Socket | undefined> {
		const socket = (await bind(this.#port)) ?? (await bind(0));
		try {
			socket?.addMembership(this.#group, address);
			socket?.setMulticastInterface(address);
			return socket;
		} catch {
			socket?.close(); // a network without multicast
			return undefined;
		}
	}
}

function bind(port: number): Promise<Socket | undefined> {
	return new Promise((resolve) => {
		const socket = createSocket({ type: 'udp4', reuseAddr: true });
		const fail = () => {
			socket.close();
			resolve(undefined);
		};
		socket.once('error', fail);
		socket.bind({ port }, () => {
			socket.off('error', fail);
			socket.on('error', () => undefined); // the query ends with its time limit
			resolve(socket);
		});
	});
}

/** One query and the answers to it; an alias may change the name meanwhile. */
class Search {
	readonly #types: readonly AddressType[];
	readonly #addresses: LookupAddress[] = [];
	#name: string;
	#aliases = 0;

	constructor(name: string, types: readonly AddressType[]) {
		this.#name = plain(name);
		this.#types = types;
	}

	get isDone(): boolean {
		return this.#missing().length === 0;
	}

	found(): readonly LookupAddress[] {
		return [...this.#addresses];
	}

	questions(): readonly { readonly name: string; readonly type: AddressType }[] {
		return this.#missing().map((type) => ({ name: this.#name, type }));
	}

	/** `alias`: the name is an alias of another one, about which the packet has no answer. */
	hear(answers: readonly DnsAnswer[]): 'address' | 'alias' | undefined {
		const isRenamed = this.#follow(answers);
		const missing = this.#missing(); // every address of a family in one packet counts
		let heard: 'address' | undefined;
		for (const answer of answers) {
			if (answer.type !== 'CNAME' && plain(answer.name) === this.#name && missing.includes(answer.type)) {
				this.#addresses.push({ address: answer.address, family: FAMILIES[answer.type] });
				heard = 'address';
			}
		}
		return heard ?? (isRenamed ? 'alias' : undefined);
	}

	#follow(answers: readonly DnsAnswer[]): boolean {
		for (let isRenamed = false; ; isRenamed = true) {
			const alias = answers.find(({ type, name }) => type === 'CNAME' && plain(name) === this.#name);
			if (alias?.type !== 'CNAME' || this.#aliases >= ALIASES_MAX) {
				return isRenamed;
			}
			this.#aliases += 1;
			this.#name = plain(alias.target);
		}
	}

	#missing(): readonly AddressType[] {
		return this.#types.filter((type) => !this.#addresses.some(({ family }) => family === FAMILIES[type]));
	}
}

function plain(name: string): string {
	return name.toLowerCase().replace(/\.$/, '');
}
