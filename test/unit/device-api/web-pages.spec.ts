import { expect } from 'chai';
import Sinon from 'sinon';
import { requiresKey, keyPolicyOf, type ApiOptions } from '../../../src/device-api/index.ts';
import { startRecordedApi, type RecordedApi } from './recorded-api.ts';

const EVIL = 'http://evil.example';
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64)';

describe('the device API, before web pages', () => {
	let api: RecordedApi;
	before(async () => {
		api = await startRecordedApi();
		api.isRequired = false;
	});
	after(() => api.close());
	beforeEach(() => api.calls.splice(0));

	const statusOf = async (
		headers: Record<string, string>,
		[method = '', path = '']: readonly string[] = ['POST', '/v1/reboot'],
	) => (await api.call(method, path, { body: {}, headers })).status;
	const OWN = ['127.0.0.1:48484', '192.168.0.7', '[::1]:48484', '[fe80::1]', 'localhost:80', 'Kitchen.LOCAL:48484'];
	const NAMES = ['kitchen', 'kitchen.local.', '0a1b2c3.local', '0a1b2c3.balena:48484', 'balena-supervisor:48484'];
	const FOREIGN = [
		'evil.example',
		'evil.example:48484',
		'kitchen.evil.example',
		'127.0.0.1.evil.example',
		'local',
		'[::1',
		'1.2.3',
	];

	for (const host of [...OWN, ...NAMES]) {
		it(`is reached as ${host}, and from its own pages`, async () => {
			expect(await statusOf({ host })).to.equal(202);
			expect(await statusOf({ host, origin: `http://${host}` })).to.equal(202);
		});
	}

	for (const host of FOREIGN) {
		it(`is not reached as ${host}, whatever is asked: a name server may let any name lead here`, async () => {
			for (const request of [
				['POST', '/v1/reboot'],
				['GET', '/v2/local/target-state'],
				['GET', '/ping'],
				['GET', '/none'],
			]) {
				expect(await statusOf({ host }, request), request.join(' ')).to.equal(403);
			}
			expect(api.calls).to.deep.equal([]);
		});
	}

	for (const [name, value] of [
		['origin', EVIL],
		['origin', 'null'],
		['origin', 'https://127.0.0.1'],
		['sec-fetch-site', 'cross-site'],
	] as const) {
		it(`does nothing for a page with ${name}: ${value}, as a simple form, with a key, or to see whether it is there`, async () => {
			const simple = { [name]: value, 'content-type': 'application/x-www-form-urlencoded' };
			expect(await statusOf(simple, ['POST', '/v1/restart'])).to.equal(403);
			expect(await statusOf(simple, ['POST', `/v1/reboot?apikey=${'a'.repeat(32)}`])).to.equal(403);
			expect(await statusOf(simple, ['GET', '/v1/healthy'])).to.equal(403);
			expect(api.calls).to.deep.equal([]);
		});
	}

	it('cleans up no volumes for a picture in a page, whose browser names no origin', async () => {
		const cleanUp = ['GET', '/v2/cleanup-volumes'];
		expect(await statusOf({ 'user-agent': BROWSER }, cleanUp)).to.equal(403);
		expect(api.calls).to.deep.equal([]);
		expect(await statusOf({ 'user-agent': 'curl/8.5.0' }, cleanUp)).to.equal(200);
		expect(await statusOf({ 'user-agent': BROWSER, authorization: `Bearer ${'a'.repeat(32)}` }, cleanUp)).to.equal(200);
	});

	it('knows the address of a caller: without a cloud, only the device itself needs no key', async () => {
		let isFar = false;
		const known = { scopesOf: (key: string) => Promise.resolve(key === 'known' ? [{ type: 'global' }] : undefined) };
		const authentication = {
			isRequired: Sinon.spy((address: string | undefined, _path: string) =>
				Promise.resolve(requiresKey('network', isFar ? '192.168.0.9' : address)),
			),
			keys: known as unknown as ApiOptions['authentication']['keys'], // all that is asked
		};
		const other = await startRecordedApi({ authentication });
		const statuses = async () => [
			(await other.call('GET', '/v2/version')).status,
			(await other.call('GET', '/v2/version', { key: 'known' })).status,
			(await other.call('GET', '/ping')).status,
		];
		try {
			expect(await statuses()).to.deep.equal([200, 200, 200]);
			isFar = true;
			expect(await statuses()).to.deep.equal([401, 200, 200]);
			Sinon.assert.alwaysCalledWithExactly(authentication.isRequired, '127.0.0.1', '/v2/version');
		} finally {
			await other.close();
		}
	});

	it('asks for keys by mode and address', () => {
		const [cloud, noCloud] = ['https://api.example.com', ''];
		const asked = (apiEndpoint: string, localMode: boolean, developmentMode: boolean) =>
			[
				'127.0.0.1',
				'127.8.8.8',
				'::1',
				'::ffff:127.0.0.1',
				'10.114.104.9',
				'::ffff:10.0.0.9',
				'fe80::1',
				undefined,
			].map((address) => requiresKey(keyPolicyOf({ apiEndpoint, localMode, developmentMode }), address));
		const [none, all] = [Array<boolean>(8).fill(false), Array<boolean>(8).fill(true)];
		expect(asked(cloud, false, false), 'with a cloud').to.deep.equal(all);
		expect(asked(cloud, false, true), 'with a cloud, for development').to.deep.equal(all);
		expect(asked(cloud, true, false), 'local mode').to.deep.equal(none);
		expect(asked(noCloud, true, true), 'no cloud, for development').to.deep.equal(none);
		const network = [false, false, false, false, true, true, true, true];
		expect(asked(noCloud, true, false), 'no cloud').to.deep.equal(network);
		expect(asked(noCloud, false, false), 'no cloud, on its first start').to.deep.equal(network);
	});
});
