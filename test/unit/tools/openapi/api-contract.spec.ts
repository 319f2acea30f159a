import { expect } from 'chai';
import { ApiContract, type Exchange } from '../../../support/api-contract.ts';

describe('the check of answers against the document of the API', () => {
	const contract = new ApiContract();
	const TAG = { etag: 'W/"1"' };
	const JSON_TYPE = { ...TAG, 'content-type': 'application/json; charset=utf-8' };
	const HTML_TYPE = { ...TAG, 'content-type': 'text/html; charset=utf-8' };
	const version = (rest: Partial<Exchange>): readonly string[] =>
		contract.problemsOf({
			...{ method: 'GET', path: '/v2/version', status: 200, headers: JSON_TYPE },
			body: '{"status":"success","version":"20.0.0"}',
			...rest,
		});
	const restart = (rest: Partial<Exchange>): readonly string[] =>
		contract.problemsOf({
			...{ method: 'POST', path: '/v1/restart', status: 200, headers: HTML_TYPE, body: 'OK' },
			...rest,
		});

	it('finds nothing wrong with a good answer', () => {
		expect(version({})).to.deep.equal([]);
		expect(version({ path: '/V2/Version/?apikey=x' })).to.deep.equal([]);
		expect(version({ method: 'HEAD', body: '' })).to.deep.equal([]);
		expect(version({ status: 304, headers: TAG, body: '' })).to.deep.equal([]);
		expect(restart({})).to.deep.equal([]);
	});

	it('reports a status, a header, a type or a body that the document does not have', () => {
		expect(version({ status: 418 })[0]).to.match(/^status 418 is not one of 200, 304, 400, 401, 403, 413, 415, 503/);
		expect(version({ headers: { 'content-type': 'application/json; charset=utf-8' } })[0]).to.match(/^header ETag/);
		expect(version({ headers: { ...JSON_TYPE, 'x-powered-by': 'x' } })[0]).to.equal('header x-powered-by');
		expect(version({ headers: { ...TAG, 'content-type': 'application/json' } })[0]).to.match(/^content type/);
		expect(version({ body: '{"status":"success","version":"20.0.0-rc1"}' })[0]).to.match(/body\/version must match/);
		expect(version({ body: '{"status":"success"}' })[0]).to.match(/must have required property 'version'/);
		expect(version({ body: '{"status":"success","version":"1.0.0","more":1}' })[0]).to.match(/additional properties/);
		expect(version({ body: '{' })[0]).to.match(/^no JSON/);
		expect(version({ status: 304, headers: TAG })[0]).to.equal('a body');
	});

	it('keeps texts to the words of the document, which the proxy of the cloud lets through', () => {
		expect(restart({ body: 'Done' })[0]).to.match(/must be equal to constant/);
		const broken = { status: 503, headers: HTML_TYPE };
		expect(restart({ ...broken, body: 'Unexpected error: (any)' })).to.deep.equal([]);
		expect(restart({ ...broken, body: 'any' })[0]).to.match(/must match pattern/);
	});

	it('reads the lines of a stream', () => {
		const logs = (body: string, headers: Exchange['headers'] = { 'transfer-encoding': 'chunked' }) =>
			contract.problemsOf({ method: 'GET', path: '/v2/local/logs', status: 200, headers, body });
		expect(logs('{"message":"Streaming logs","isSystem":true}\n{"cut')).to.deep.equal([]);
		expect(logs('{"message":"a"}\n')[0]).to.match(/must have required property 'isSystem'/);
		expect(logs('', { 'transfer-encoding': 'chunked', 'content-type': 'text/plain' })[0]).to.match(/^content type/);
		expect(logs('', {})[0]).to.match(/^header Transfer-Encoding/);
	});

	it('knows what an unknown path gets', () => {
		const unknown = (status: number, headers: Exchange['headers']) =>
			contract.problemsOf({ method: 'GET', path: '/v3/any', status, headers, body: '' });
		expect(unknown(401, { 'content-type': 'text/plain; charset=utf-8' })).to.deep.equal([]);
		expect(unknown(404, HTML_TYPE)).to.deep.equal(['not the page of an unknown path']);
		expect(unknown(200, HTML_TYPE)).to.deep.equal(['status 200 of an unknown path']);
	});

	it('remembers what it has seen', () => {
		const fresh = new ApiContract();
		expect(fresh.unseen()).to.include('GET /v2/version 200');
		fresh.check({ method: 'GET', path: '/ping', status: 200, headers: HTML_TYPE, body: 'OK' });
		expect(fresh.unseen()).not.to.include('GET /ping 200');
		expect(fresh.unexercised()).to.include('GET /v2/version').and.not.include('GET /ping');
		expect(() =>
			fresh.check({ method: 'GET', path: '/ping?apikey=abc', status: 500, headers: HTML_TYPE, body: 'OK' }),
		).to.throw(/GET \/ping\?apikey=…:\nstatus 500/);
	});
});

describe('texts of the API', () => {
	it('cloud-api #62: are in characters that the proxy of the cloud lets through, or marked as masked', () => {
		const { paths } = new ApiContract().document;
		const texts: string[] = [];
		for (const [path, operations] of Object.entries(paths)) {
			for (const [method, { responses }] of Object.entries(operations)) {
				for (const [status, { content = {} }] of Object.entries(responses)) {
					for (const type of ['text/html', 'text/plain']) {
						const media = content[type] as TextMedia | undefined;
						if (media === undefined || media['x-masked-by-proxy'] === true) continue;
						const { schema } = media;
						const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
						texts.push(...values);
						// A text that is not known to the letter must say of what it is made.
						const isHex = schema.pattern === '^[0-9a-f]{32}$';
						expect(values.length > 0 || isHex, `${method} ${path} ${status}`).to.equal(true);
					}
				}
			}
		}
		expect(texts).to.include('OK').and.include('App not found');
		expect([...new Set(texts)].filter((text) => !/^[A-Za-z0-9\s:'.?!,/-]*$/.test(text))).to.deep.equal([]);
	});
});

interface TextMedia {
	readonly schema: { readonly const?: string; readonly enum?: readonly string[]; readonly pattern?: string };
	readonly 'x-masked-by-proxy'?: true;
}
