import type { LookupAddress, LookupOptions } from 'node:dns';
import {
	createServer,
	getDefaultAutoSelectFamilyAttemptTimeout,
	setDefaultAutoSelectFamilyAttemptTimeout,
	type AddressInfo,
	type LookupFunction,
} from 'node:net';
import { expect } from 'chai';
import { allowSlowConnections, createLookup, MulticastDns, TcpProbe } from '../../../../src/adapters/network/index.ts';
import { startResponder, type Responder, type ResponderOptions } from '../../../support/name-responder.ts';

const V6 = '2001:0db8:0000:0000:0000:0000:0000:0001';

/** The system knows one name, and says so in the way of Node's own lookup. */
const system: LookupFunction = (hostname, options, callback) => {
	if (hostname === 'known.local') {
		callback(null, options.all === true ? [{ address: '10.0.0.1', family: 4 }] : '10.0.0.1', 4);
	} else {
		callback(Object.assign(new Error('none'), { code: 'EAI_AGAIN' }), '');
	}
};

describe('looking up names', () => {
	let responder: Responder | undefined;
	afterEach(async () => {
		await responder?.stop();
		responder = undefined;
	});

	async function lookupWith(options: ResponderOptions): Promise<LookupFunction> {
		responder = await startResponder(options);
		return createLookup({ system, multicast: new MulticastDns({ port: responder.port }) });
	}

	function ask(lookup: LookupFunction, name: string, options: LookupOptions = {}) {
		return new Promise<{ error: string | undefined; address: string | readonly LookupAddress[]; family: unknown }>(
			(resolve) => {
				lookup(name, options, (error, address, family) => {
					resolve({ error: error?.code, address, family });
				});
			},
		);
	}

	const BOTH = { 'A box.local': '192.168.7.1', 'AAAA box.local': V6 };
	const FOUND = [
		{ address: '192.168.7.1', family: 4 },
		{ address: '2001:db8::1', family: 6 },
	];

	it('host #32: a name that only multicast knows is found, in both families', async () => {
		const lookup = await lookupWith({ records: BOTH });
		expect(await ask(lookup, 'box.local', { all: true })).to.deep.include({ error: undefined, address: FOUND });
		expect(await ask(lookup, 'BOX.local.')).to.deep.equal({ error: undefined, address: '192.168.7.1', family: 4 });
		expect(await ask(lookup, 'box.local', { family: 6 })).to.deep.include({ address: FOUND[1]?.address, family: 6 });
	});

	it('an answer by multicast counts too', async () => {
		const lookup = await lookupWith({ records: BOTH, isLoud: true });
		expect((await ask(lookup, 'box.local', { all: true })).address).to.deep.equal(FOUND);
	});

	it('of a machine with one family does not wait for the other', async () => {
		const lookup = await lookupWith({ records: { 'A box.local': '192.168.7.1' } });
		const startedAt = performance.now();
		expect((await ask(lookup, 'box.local', { all: true })).address).to.deep.equal([FOUND[0]]);
		expect(performance.now() - startedAt).to.be.within(200, 1500);
	});

	it('asks again until it is heard, and follows another name', async () => {
		const records = { 'CNAME box.local': 'other.local', 'A other.local': '192.168.7.2' };
		const lookup = await lookupWith({ records, deafFor: 1 });
		expect(await ask(lookup, 'box.local', { family: 4 })).to.deep.include({ address: '192.168.7.2', family: 4 });
		expect(new Set(responder?.asked)).to.deep.equal(new Set(['A box.local', 'A other.local']));
	});

	it('host #32: an unknown name is ENOTFOUND after about three seconds', async () => {
		const lookup = await lookupWith({ records: {} });
		const startedAt = performance.now();
		const [one, all] = await Promise.all([ask(lookup, 'none.local'), ask(lookup, 'none.local', { all: true })]);
		expect(performance.now() - startedAt).to.be.within(2900, 4000);
		expect([one.error, all.error]).to.deep.equal(['ENOTFOUND', 'ENOTFOUND']);
	});

	it('asks by multicast only where the system knows nothing, and only for .local', async () => {
		const lookup = await lookupWith({ records: { 'A known.local': '1.2.3.4', 'A box.test': '1.2.3.4' } });
		expect((await ask(lookup, 'known.local')).address).to.equal('10.0.0.1');
		expect((await ask(lookup, 'box.test')).error).to.equal('EAI_AGAIN');
		expect(responder?.asked).to.deep.equal([]);
	});

	for (const [options, families] of [
		[{}, [4, 6]],
		[{ verbatim: true }, [6, 4]],
		[{ order: 'verbatim' }, [6, 4]],
		[{ order: 'ipv6first' }, [6, 4]],
		[{ order: 'ipv4first' }, [4, 6]],
	] as const) {
		it(`sorts addresses as asked with ${JSON.stringify(options)}`, async () => {
			const heard = [...FOUND].reverse();
			const lookup = createLookup({ system, multicast: { resolve: () => Promise.resolve(heard) } });
			const { address } = await ask(lookup, 'box.local', { ...options, all: true });
			expect((address as readonly LookupAddress[]).map(({ family }) => family)).to.deep.equal(families);
		});
	}

	it('serves connections: the probe gets through by a name of multicast', async () => {
		const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
		try {
			const lookup = await lookupWith({ records: { 'A box.local': '127.0.0.1' } });
			const { port } = server.address() as AddressInfo;
			const probe = new TcpProbe({ lookup });
			const never = new AbortController().signal;
			expect(await probe.connect({ host: 'box.local', port }, 2000, never)).to.equal(true);
			expect(await probe.connect({ host: 'box.test', port }, 2000, never)).to.equal(false);
		} finally {
			server.close();
		}
	});

	it('leaves each address of a name five seconds', () => {
		const before = getDefaultAutoSelectFamilyAttemptTimeout();
		expect(before).to.be.lessThan(5000);
		allowSlowConnections();
		const after = getDefaultAutoSelectFamilyAttemptTimeout();
		setDefaultAutoSelectFamilyAttemptTimeout(before);
		expect(after).to.equal(5000);
	});
});
