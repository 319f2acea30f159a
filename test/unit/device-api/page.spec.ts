import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { bundlePage } from '../../../build-utils/bundle-page.ts';
import { startRecordedApi, type RecordedApi } from './recorded-api.ts';

describe('the page of the device API', () => {
	let api: RecordedApi;
	before(async () => (api = await startRecordedApi()));
	after(() => api.close());
	const get = async (path: string, headers: Record<string, string> = {}) => {
		const response = await api.open('GET', path, { headers });
		response.resume();
		return response;
	};

	it('v3-api #1: 9: is allowed to load nothing from elsewhere and nothing inline, and is asked for again each time', async () => {
		for (const path of ['/', '/page/app.js', '/page/style.css', '/page/icon.svg']) {
			const { statusCode, headers } = await get(path);
			expect(statusCode).to.equal(200);
			expect(headers['content-security-policy']).to.match(/^default-src 'self';/);
			expect(headers['content-security-policy']).not.to.match(/unsafe|\*|https?:|data:/);
			expect(headers).to.include({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' });
			expect(headers).not.to.have.property('set-cookie');
			expect((await get(path, { 'if-none-match': headers.etag ?? '' })).statusCode).to.equal(304);
		}
	});

	it('serves its own files only', async () => {
		api.isRequired = true;
		for (const path of ['/page/app.ts', '/page/../app.js', '/page/%2e%2e/app.js', '/page/', '/index.html']) {
			expect((await get(path)).statusCode, path).to.equal(401);
		}
	});

	it('is shown to no page of another origin, not in a frame either', async () => {
		expect((await get('/', { origin: 'http://evil.example' })).statusCode).to.equal(403);
		expect((await get('/')).headers['content-security-policy']).to.include("frame-ancestors 'none'");
	});
});

describe('the files of the page', function () {
	this.timeout(60_000);
	let folder = '';
	before(async () => {
		folder = mkdtempSync(join(tmpdir(), 'page-'));
		await bundlePage(folder, { optimize: true });
	});
	after(() => rmSync(folder, { recursive: true }));

	it('v3-api #1: 9: are below 60 KB with gzip, in all', () => {
		const names = readdirSync(folder).sort();
		expect(names).to.deep.equal(['app.js', 'icon.svg', 'index.html', 'style.css']);
		const bytes = names.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
		expect(bytes).to.be.within(5000, 60 * 1024);
	});

	it('name nothing outside of the device, and have nothing inline', () => {
		const html = readFileSync(join(folder, 'index.html'), 'utf8');
		expect(html).not.to.match(/<style|style=|\son\w+=|<script>/);
		const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
		expect(addresses.filter((address) => address?.startsWith('/page/') !== true)).to.deep.equal([]);
		expect(readFileSync(join(folder, 'style.css'), 'utf8')).not.to.match(/@import|url\(/);
	});
});
