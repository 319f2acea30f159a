import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProxyChange } from '../../../../src/domain/host-config.ts';
import { planProxy, readRedsocks } from '../../../../src/host/index.ts';

const CORPUS = join(import.meta.dirname, '../../../fixtures/boot-files/redsocks');
const FILES = readdirSync(CORPUS).map((name) => [name, readFileSync(join(CORPUS, name), 'utf8')] as const);
const fileOf = (name: string) => readFileSync(join(CORPUS, name), 'utf8');

/** The file after a change of its proxy. */
function changed(text: string, change: Partial<ProxyChange>): string {
	const { redsocks, refusal } = planProxy({ text, ...readRedsocks(text) }, { fields: {}, ...change });
	expect(refusal).to.equal(undefined);
	return redsocks?.content ?? '';
}

/** Without what we add where it is missing. */
const withoutOwn = (text: string) => text.replace(/[ \t]*local_(?:ip = 127\.0\.0\.1|port = 12345);\r?\n?/g, '');

describe('redsocks.conf is edited line by line (decision D16)', () => {
	for (const [name, text] of FILES) {
		it(`${name}: is read without a warning`, () => {
			const { redsocks, warnings } = readRedsocks(text);
			expect(warnings).to.deep.equal([]);
			expect(redsocks?.fields).to.include.keys('type', 'ip', 'port');
		});

		it(`${name}: a changed port changes its number, and nothing else`, () => {
			const { redsocks } = readRedsocks(text);
			const after = changed(text, { fields: { port: 4321 } });
			expect(readRedsocks(after).redsocks).to.deep.equal({ ...redsocks, fields: { ...redsocks?.fields, port: 4321 } });
			const numberless = (content: string) => withoutOwn(content).replace(/(\bport = )"?\d+"?/g, '$1');
			const end = /;?(\s*\}\s*)$/; // a last statement without `;` gets one when another follows
			expect(numberless(after).replace(end, '$1')).to.equal(numberless(withoutOwn(text)).replace(end, '$1'));
		});
	}

	it('a comment that looks like a setting is none', () => {
		const text = fileOf('example-comments.conf');
		expect(Object.keys(readRedsocks(text).redsocks?.fields ?? {})).to.deep.equal(['ip', 'port', 'type']);
		expect(changed(text, { fields: { port: 1082 } })).to.equal(text.replace('port = 1080', 'port = 1082'));
	});

	it('a part of a proxy is merged with the rest of it', () => {
		const after = changed(fileOf('comment-behind.conf'), { fields: { password: 'x' } });
		expect(after).to.contain('\tport = 1080; // office\n').and.contain('\tpassword = "x";\n');
		expect(readRedsocks(after).redsocks?.fields).to.deep.equal({
			...{ type: 'socks5', ip: '10.0.0.1', port: 1080, login: 'me', password: 'x' },
		});
	});

	it('name servers come, change and go, and other blocks stay', () => {
		const udp = fileOf('udp-block.conf');
		const withDns = changed(udp, { dns: true });
		expect(withDns.startsWith(udp)).to.equal(true);
		expect(readRedsocks(withDns).redsocks?.dns).to.equal('8.8.8.8:53');
		expect(changed(withDns, { dns: false })).to.equal(udp);
		const changedDns = changed(fileOf('with-dns.conf'), { dns: '9.9.9.9:53' });
		expect(changedDns).to.equal(fileOf('with-dns.conf').replace('1.1.1.1;', '9.9.9.9;'));
	});

	for (const [what, text] of [
		['without a type', 'redsocks {\n\tip = 10.0.0.1;\n\tport = 1080;\n}\n'],
		['with an unknown type', 'redsocks {\n\ttype = vpn;\n\tip = 10.0.0.1;\n\tport = 1080;\n}\n'],
	] as const) {
		it(`a proxy ${what} is not overwritten by a part of one`, () => {
			const present = { text, ...readRedsocks(text) };
			const part = planProxy(present, { fields: { login: 'me' }, noProxy: ['a'] });
			expect(Object.keys(part)).to.deep.equal(['refusal']);
			const whole = planProxy(present, { fields: { type: 'socks5', ip: 'b', port: 2 } });
			expect(readRedsocks(whole.redsocks?.content ?? '').redsocks?.fields).to.deep.equal({
				...{ type: 'socks5', ip: 'b', port: 2 },
			});
			expect(planProxy(present, { fields: {} }), 'and goes when asked').to.deep.equal({
				redsocks: { content: undefined },
			});
		});
	}
});
