import { expect } from 'chai';
import fc from 'fast-check';
import { decodeAnswers, encodeQuery } from '../../../../src/adapters/network/dns-message.ts';

const label = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

/** A response with these records. */
function response(...records: readonly Buffer[]): Buffer {
	const header = Buffer.alloc(12);
	header.writeUInt16BE(0x8400, 2);
	header.writeUInt16BE(records.length, 6);
	return Buffer.concat([header, ...records]);
}

function record(owner: Buffer, type: number, data: Buffer, { ttl = 120, recordClass = 0x8001 } = {}): Buffer {
	const head = Buffer.alloc(10);
	head.writeUInt16BE(type, 0);
	head.writeUInt16BE(recordClass, 2);
	head.writeUInt32BE(ttl, 4);
	head.writeUInt16BE(data.length, 8);
	return Buffer.concat([owner, head, data]);
}

function encoded(text: string): Buffer {
	const labels = text.split('.').map((one) => Buffer.from(one));
	return Buffer.concat([...labels.flatMap((one) => [Buffer.of(one.length), one]), Buffer.of(0)]);
}

const NAME = encoded('x.local');
const ADDRESS = Buffer.from([192, 168, 1, 9]);

describe('messages of the domain name system', () => {
	it('ask for all types of a name in one packet', () => {
		const query = encodeQuery([
			{ name: 'x.local', type: 'A' },
			{ name: 'x.local', type: 'AAAA' },
		]);
		const expected = '000000000002000000000000' + '0178056c6f63616c0000010001' + '0178056c6f63616c00001c0001';
		expect(query?.toString('hex')).to.equal(expected);
	});

	for (const bad of ['', 'a..local', '.local', `${'a'.repeat(64)}.local`, `${'abc.'.repeat(64)}local`]) {
		it(`cannot ask for "${bad.slice(0, 20)}" (${bad.length} characters)`, () => {
			expect(encodeQuery([{ name: bad, type: 'A' }])).to.equal(undefined);
		});
	}

	it('give addresses of both families and other names, also by a name written before', () => {
		const pointer = Buffer.from([0xc0, 12]);
		const v6 = Buffer.from('20010db8000000000000000000000001', 'hex');
		const packet = response(
			record(NAME, 1, ADDRESS),
			record(pointer, 28, v6),
			record(NAME, 33, Buffer.from('whatever')),
			record(encoded('y.local'), 5, pointer, { recordClass: 1 }),
		);
		expect(decodeAnswers(packet)).to.deep.equal([
			{ type: 'A', name: 'x.local', address: '192.168.1.9' },
			{ type: 'AAAA', name: 'x.local', address: '2001:db8::1' },
			{ type: 'CNAME', name: 'y.local', target: 'x.local' },
		]);
	});

	it('give no address for a goodbye, another class, or an address of another length', () => {
		const packet = response(
			record(NAME, 1, ADDRESS, { ttl: 0 }),
			record(NAME, 1, ADDRESS, { recordClass: 3 }),
			record(NAME, 1, Buffer.from([1, 2, 3])),
			record(NAME, 28, ADDRESS),
			record(NAME, 5, Buffer.concat([NAME, NAME])),
		);
		expect(decodeAnswers(packet)).to.deep.equal([]);
	});

	it('that are questions give no address', () => {
		const packet = response(record(NAME, 1, ADDRESS));
		packet.writeUInt16BE(0, 2);
		expect(decodeAnswers(packet)).to.deep.equal([]);
	});

	it('that are truncated give the addresses before the cut', () => {
		const whole = response(record(NAME, 1, ADDRESS), record(NAME, 1, ADDRESS));
		const cut = Array.from({ length: whole.length }, (_, length) => decodeAnswers(whole.subarray(0, length)).length);
		expect(new Set(cut)).to.deep.equal(new Set([0, 1]));
		expect(decodeAnswers(whole)).to.have.lengthOf(2);
	});

	for (const [what, owner] of [
		['to itself', [0xc0, 12]],
		['forward', [0xc0, 40]],
		['to one that leads back to it', [0xc0, 14, 0xc0, 12]],
		['round by way of a label', [1, 97, 0xc0, 12]],
	] as const) {
		it(`with a pointer ${what} end`, () => {
			expect(decodeAnswers(response(record(Buffer.from(owner), 1, ADDRESS)))).to.deep.equal([]);
		});
	}

	it('with more records than anyone sends are not read', () => {
		expect(decodeAnswers(response(...Array.from({ length: 201 }, () => record(NAME, 1, ADDRESS))))).to.deep.equal([]);
	});

	it('give back every name and address that was put in', () => {
		fc.assert(
			fc.property(name, fc.ipV4(), (owner, address) => {
				const data = Buffer.from(address.split('.').map(Number));
				expect(decodeAnswers(response(record(encoded(owner), 1, data)))).to.deep.equal([
					{ type: 'A', name: owner, address },
				]);
			}),
		);
	});

	it('of any bytes never throw, and never take long', () => {
		const noise = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
		fc.assert(
			fc.property(noise, (bytes) => void decodeAnswers(Buffer.concat([response(), bytes]))),
			{ numRuns: 500 },
		);
		const damaged = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { minLength: 1, maxLength: 6 }).map((changes) => {
			const packet = response(record(NAME, 1, ADDRESS), record(Buffer.from([0xc0, 12]), 5, NAME));
			for (const [at, value] of changes) packet[at % packet.length] = value;
			return packet;
		});
		const startedAt = performance.now();
		fc.assert(
			fc.property(damaged, (packet) => void decodeAnswers(packet)),
			{ numRuns: 2000 },
		);
		expect(performance.now() - startedAt).to.be.lessThan(3000);
	});
});
