import { expect } from 'chai';
import fc from 'fast-check';
import { planProxy, PROXY_TYPES, readRedsocks, writeRedsocks, type Redsocks } from '../../../../src/host/index.ts';

const BASE =
	'base {\n\tlog_debug = off;\n\tlog_info = on;\n\tlog = stderr;\n\tdaemon = off;\n\tredirector = iptables;\n}\n';
/** The example of the specification. */
const FILE = `${BASE}
redsocks {
	type = socks5;
	ip = proxy.example;
	port = 1080;
	login = "me";
	local_ip = 127.0.0.1;
	local_port = 12345;
}

dnsu2t {
	remote_ip = 9.9.9.9;
	remote_port = 53;
	local_ip = 127.0.0.1;
	local_port = 53;
}
`;
const READ: Redsocks = {
	fields: { type: 'socks5', ip: 'proxy.example', port: 1080, login: 'me' },
	dns: '9.9.9.9:53',
};
const PRESENT = { text: FILE, ...readRedsocks(FILE) };
const proxyBlock = (...lines: readonly string[]) =>
	`redsocks {\n\ttype = socks5;\n\tip = 10.0.0.1;\n\tport = 1;\n${lines.join('\n')}\n}\n`;
const fieldsOf = (text: string) => readRedsocks(text).redsocks?.fields;

describe('redsocks.conf', () => {
	it('host #22: is written as specified, byte for byte, and read back', () => {
		expect(writeRedsocks(READ)).to.equal(FILE);
		expect(readRedsocks(FILE)).to.deep.equal({ redsocks: READ, warnings: [] });
	});

	it('reads blocks in any order and form, with whatever stands around them', () => {
		const text = [
			...['// made by hand', 'dnsu2t{ remote_ip = 1.1.1.1 ;', 'remote_port=5353;}', 'redudp { ip = 1.2.3.4; }'],
			...['redsocks', '{', '  type=http-relay', '\tip =  10.0.0.1  ;', 'port= 8080;', 'min_backoff = 5; }', 'end'],
		].join('\r\n');
		expect(readRedsocks(text)).to.deep.equal({
			redsocks: {
				fields: { type: 'http-relay', ip: '10.0.0.1', port: 8080, min_backoff: '5' },
				dns: '1.1.1.1:5353',
			},
			warnings: [],
		});
	});

	const values: readonly (readonly [line: string, expected: Readonly<Record<string, string>>])[] = [
		['password = "a=b=c";', { password: 'a=b=c' }],
		['password = "a} b";', { password: 'a} b' }],
		['password = "}";', { password: '}' }],
		['password = "x;}";', { password: 'x;}' }],
		['password = "a"b";', { password: 'a"b' }],
		['password = abc}', { password: 'abc}' }],
		['login = "redsocks {";', { login: 'redsocks {' }],
		['local_ip = 1.1.1.1;\nmy_local_port = 1;', {}],
		['__proto__ = 1;', JSON.parse('{"__proto__":"1"}') as Readonly<Record<string, string>>],
	];
	for (const [line, expected] of values) {
		it(`reads ${line}`, () => {
			const fields = fieldsOf(proxyBlock(line));
			expect(fields).to.deep.equal({ type: 'socks5', ip: '10.0.0.1', port: 1, ...expected });
		});
	}

	it('warns of lines that say nothing, and shows no password', () => {
		const { redsocks, warnings } = readRedsocks(proxyBlock('= 1;', 'key', 'empty = ;', 'password secret', 'a = b'));
		expect(redsocks?.fields).to.include({ a: 'b' });
		expect(warnings).to.deep.equal(
			['= 1;', 'key', 'empty = ;', 'password'].map(
				(line) => `Ignoring malformed redsocks.conf line "${line}" due to missing key, value, or "="`,
			),
		);
	});

	for (const text of [
		'',
		BASE,
		'redsocks {\n type = socks5;\n ip = a;\n}\n',
		'redsocks {\n type = vpn;\n ip = a;\n port = 1;\n}\n',
		'redsocks {\n type = socks5;\n port = 1;\n}\n',
		'redsocks {\n type = socks5;\n ip = a;\n port = x;\n}\n dnsu2t {\n remote_ip = a;\n remote_port = 1;\n}\n',
	]) {
		it(`takes this for no proxy: ${JSON.stringify(text)}`, () => {
			const { redsocks, warnings } = readRedsocks(text);
			expect([redsocks, warnings]).to.deep.equal([undefined, ['Invalid redsocks block in redsocks.conf']]);
		});
	}

	it('takes the first of two blocks of one name', () => {
		expect(fieldsOf(`${proxyBlock()}\n${proxyBlock('ip = 10.9.9.9;')}`)?.['ip']).to.equal('10.0.0.1');
	});

	it('leaves out a name server that is none', () => {
		for (const lines of ['remote_ip = a;', 'remote_port = 1;', 'remote_ip = a;\nremote_port = b;']) {
			expect(readRedsocks(`${proxyBlock()}\ndnsu2t {\n${lines}\n}\n`).redsocks).to.not.have.property('dns');
		}
	});

	const text = fc.string({ minLength: 1, unit: 'binary' }).filter((value) => !/[\p{Cc}\u2028\u2029]/u.test(value));
	const plain = text.filter((value) => value.trim() === value && !value.includes('local_'));
	const secret = text.filter((value) => !/^"|"$/.test(value));
	const key = fc
		.stringMatching(/^[a-z][a-z_]{0,8}$/)
		.filter((name) => !/^(type|ip|port|login|password|local_.*)$/.test(name));
	const redsocks: fc.Arbitrary<Redsocks> = fc
		.record({
			type: fc.constantFrom(...PROXY_TYPES),
			ip: plain,
			port: fc.nat(65_535),
			secrets: fc.record({ login: secret, password: secret }, { requiredKeys: [] }),
			others: fc.dictionary(key, plain),
			dns: fc.option(
				fc.tuple(plain, fc.nat(65_535)).map((parts) => parts.join(':')),
				{ nil: undefined },
			),
		})
		.map(({ secrets, others, dns, ...rest }) => ({
			fields: { ...rest, ...secrets, ...others },
			...(dns !== undefined && { dns }),
		}));

	it('what is written reads back, whatever is in it', () => {
		fc.assert(
			fc.property(redsocks, (written) => {
				expect(readRedsocks(writeRedsocks(written))).to.deep.equal({ redsocks: written, warnings: [] });
			}),
			{ numRuns: 500 },
		);
	});

	it('what is edited reads back, whatever was in it and is in it now', () => {
		fc.assert(
			fc.property(redsocks, redsocks, (before, after) => {
				const text = writeRedsocks(before);
				const change = { fields: after.fields, dns: after.dns ?? false };
				const edited = planProxy({ text, ...readRedsocks(text) }, change).redsocks?.content ?? '';
				const fields = { ...before.fields, ...after.fields };
				expect(readRedsocks(edited).redsocks).to.deep.equal({
					fields,
					...(after.dns !== undefined && { dns: after.dns }),
				});
			}),
			{ numRuns: 500 },
		);
	});

	it('reading never fails, and does not take long', () => {
		const piece = fc.oneof(
			fc.string(),
			fc.constantFrom('redsocks {', '}', ' }', '\n', '=', ';', 'type = socks5;', 'dnsu2t{', '"', 'ip = a }'),
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
				readRedsocks(pieces.join(''));
			}),
		);
		readRedsocks('a {\n'.repeat(50_000));
		readRedsocks(' '.repeat(50_000));
	});
});

describe('a change of the proxy', () => {
	const content = (plan: ReturnType<typeof planProxy>) => plan.redsocks?.content ?? '';
	const read = (plan: ReturnType<typeof planProxy>) => readRedsocks(content(plan)).redsocks;
	const GONE = { content: undefined };

	it('host #22: gives new values to what is given, and keeps the rest', () => {
		const plan = planProxy(PRESENT, { fields: { ip: 'a', port: 1 } });
		expect(read(plan)).to.deep.equal({ ...READ, fields: { ...READ.fields, ip: 'a', port: 1 } });
		expect(plan).to.not.have.property('noProxy');
		expect(Object.keys(read(planProxy(PRESENT, { fields: { x: 'y', type: 'socks4' } }))?.fields ?? {})).to.deep.equal([
			...['type', 'ip', 'port', 'login', 'x'],
		]);
	});

	it('host #23: takes the proxy away when nothing is given, and the list alone when it is empty', () => {
		expect(planProxy(PRESENT, { fields: {} })).to.deep.equal({ redsocks: GONE });
		expect(planProxy(PRESENT, { fields: {}, noProxy: [] })).to.deep.equal({ noProxy: GONE });
		expect(planProxy(PRESENT, { fields: {}, noProxy: ['a', 'b'] })).to.deep.equal({ noProxy: { content: 'a\nb' } });
	});

	it('host #24: name servers', () => {
		expect(read(planProxy(PRESENT, { fields: {}, dns: true }))?.dns).to.equal('8.8.8.8:53');
		expect(read(planProxy(PRESENT, { fields: {}, dns: '::1:54' }))?.dns).to.equal('::1:54');
		expect(content(planProxy(PRESENT, { fields: {}, dns: false }))).to.not.contain('dnsu2t');
		expect(read(planProxy(PRESENT, { fields: { ip: 'b' } }))?.dns).to.equal(READ.dns);
		for (const dns of [true, false, '1.1.1.1:53']) {
			expect(planProxy(undefined, { fields: {}, dns })).to.deep.equal({});
		}
	});

	it('writes both files where both are given', () => {
		const plan = planProxy(undefined, { fields: { type: 'socks5', ip: 'a', port: 1 }, noProxy: ['x'] });
		expect(content(plan)).to.contain('\tip = a;\n');
		expect(plan.noProxy).to.deep.equal({ content: 'x' });
	});
});
