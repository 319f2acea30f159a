import { expect } from 'chai';
import { decodeHostConfig } from '../../../../src/host/index.ts';

const PROXY = { type: 'socks5', ip: '10.0.0.1', port: 1080 };
const loose = (text: string) => [`Malformed host config detected, things may not behave as expected: ${text}`];

function decode(network: unknown) {
	const decoded = decodeHostConfig({ network });
	return decoded.ok ? decoded.value : decoded.issues.map(({ message }) => message);
}

describe('what a user asks of the host', () => {
	it('is taken as it is, with the port as a number, and without unknown members', () => {
		const proxy = { ...PROXY, port: '1080', login: 'u', password: 'p', dns: true, noProxy: ['a'], other: {}, x: 1 };
		expect(decode({ hostname: 'h', proxy: { ...proxy, other: undefined }, unknown: 1 })).to.deep.equal([
			'Expecting string at network.proxy.other but instead got: undefined',
		]);
		expect(decode({ hostname: 'h', proxy: { ...proxy, other: 'y' }, unknown: 1 })).to.deep.equal({
			change: {
				hostname: 'h',
				proxy: { fields: { ...PROXY, login: 'u', password: 'p' }, dns: true, noProxy: ['a'] },
			},
			warnings: [],
		});
	});

	it('may be nothing', () => {
		expect(decode({})).to.deep.equal({ change: {}, warnings: [] });
		const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}`;
		expect(decode({ hostname: longest })).to.deep.equal({ change: { hostname: longest }, warnings: [] });
		expect(decode({ hostname: '' })).to.deep.equal({ change: { hostname: '' }, warnings: [] });
	});

	it('may be a part of a proxy, or one that is odd, with a warning', () => {
		const type = loose('expecting one of socks4, socks5, http-connect, http-relay at network.proxy.type');
		expect(decode({ proxy: { ip: 'a', my_key: true } })).to.deep.equal({
			change: { proxy: { fields: { ip: 'a', my_key: true } } },
			warnings: type,
		});
		expect(decode({ proxy: {} })).to.deep.equal({ change: { proxy: { fields: {} } }, warnings: type });
		expect(decode({ proxy: { noProxy: 'none' } })).to.deep.equal({
			change: { proxy: { fields: {}, noProxy: [] } },
			warnings: type,
		});
		expect(decode({ proxy: { ...PROXY, ip: 5 } })).to.have.deep.property(
			'warnings',
			loose('expecting string at network.proxy.ip'),
		);
		expect(decode({ proxy: { ...PROXY, port: '-1' } })).to.deep.equal({
			change: { proxy: { fields: { ...PROXY, port: '-1' } } },
			warnings: loose('expecting a number of a port at network.proxy.port'),
		});
		expect(decode({ proxy: { ...PROXY, noProxy: {} } })).to.have.deep.property(
			'warnings',
			loose('expecting strings at network.proxy.noProxy'),
		);
	});

	it('does not take a proxy away that only says what does not count', () => {
		for (const proxy of [{ noProxy: null }, { local_ip: '1.1.1.1' }]) {
			expect(decode({ proxy })).to.have.deep.property('change', {});
		}
	});

	const LIMITS = 'Expecting at most 253 characters, and 63 between dots at network.hostname but instead got';
	const refused: readonly (readonly [network: unknown, message: string])[] = [
		[undefined, 'Expecting object at network but instead got: undefined'],
		[null, 'Expecting object at network but instead got: null'],
		[[], 'Expecting object at network but instead got: []'],
		['x', 'Expecting object at network but instead got: "x"'],
		[{ hostname: null }, 'Expecting string at network.hostname but instead got: null'],
		[{ hostname: 123 }, 'Expecting string at network.hostname but instead got: 123'],
		[{ hostname: 'a\nb' }, 'Expecting one line of text at network.hostname'],
		[{ hostname: 'a'.repeat(64) }, `${LIMITS} 64`],
		[{ hostname: `a.${'b'.repeat(64)}.c` }, `${LIMITS} 68`],
		[{ hostname: 'ab.'.repeat(85) }, `${LIMITS} 255`],
		...['bad name', 'nämé', '-a', 'a-', 'a..b', '.a', 'a.', 'a!', 'a/b'].map((name): readonly [object, string] => [
			{ hostname: name },
			`Expecting letters, digits, hyphens and dots at network.hostname but instead got: ${JSON.stringify(name)}`,
		]),
		[{ proxy: { type: 'bogus' } }, 'Expecting one of socks4, socks5, http-connect, http-relay at network.proxy.type'],
		[{ proxy: null }, 'Expecting object at network.proxy but instead got: null'],
		[{ proxy: false }, 'Expecting object at network.proxy but instead got: false'],
		[{ proxy: [] }, 'Expecting object at network.proxy but instead got: []'],
		[{ proxy: { dns: null } }, 'Expecting boolean or ADDRESS:PORT at network.proxy.dns but instead got: null'],
		[{ proxy: { dns: 123 } }, 'Expecting boolean or ADDRESS:PORT at network.proxy.dns but instead got: 123'],
		[{ proxy: { dns: 'x' } }, 'Expecting boolean or ADDRESS:PORT at network.proxy.dns but instead got: "x"'],
		[{ proxy: { login: 5 } }, 'Expecting string at network.proxy.login but instead got: number'],
		[{ proxy: { password: ['s'] } }, 'Expecting string at network.proxy.password but instead got: array'],
		[{ proxy: { ip: {} } }, 'Expecting string at network.proxy.ip but instead got: {}'],
		[{ proxy: { ip: 'a;\n}\nbase {' } }, 'Expecting one line of text at network.proxy.ip'],
		[{ proxy: { noProxy: ['a\nb'] } }, 'Expecting one line of text at network.proxy.noProxy'],
		[{ proxy: { 'a = b': 'c' } }, 'Not a name of a proxy setting: "a = b"'],
	];
	for (const [network, message] of refused) {
		it(`device-api #69: is refused: ${JSON.stringify({ network })}`, () => {
			expect(decode(network)).to.deep.equal([message]);
		});
	}

	it('host #24: a name server has an address and a port, and no more than 255 characters', () => {
		expect(decode({ proxy: { ...PROXY, dns: `${'a'.repeat(252)}:53` } })).to.have.property('change');
		expect(decode({ proxy: { ...PROXY, dns: `${'a'.repeat(253)}:53` } })).to.be.an('array');
	});
});
