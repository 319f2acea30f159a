import { execFileSync } from 'node:child_process';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import type { NewDeltaInput } from '../../../../tools/cloud/control-schemas.ts';
import { IMAGE, KEY, startFixture, UUID, type Fixture } from './cloud-fixture.ts';

const NEXT = `registry.test/v2/next@sha256:${'2'.repeat(64)}`;
const PAYLOAD = '0123456789';

describe('tools/cloud: deltas', () => {
	let fixture: Fixture;

	beforeEach(async () => {
		fixture = await startFixture();
		const [fleet] = await fixture.client.listFleets();
		await fixture.client.createRelease(fleet?.id ?? 0, { composition: { services: {} }, images: { web: NEXT } });
	});
	afterEach(() => fixture.cloud.stop());

	const basic = `Basic ${Buffer.from(`d_${UUID}:${KEY}`).toString('base64')}`;
	const askToken = async (...repositories: readonly string[]): Promise<string> => {
		const scopes = repositories.map((name) => `&scope=repository:${name}:pull`).join('');
		const url = `${fixture.cloud.url}/auth/v1/token?service=registry.test${scopes}`;
		const response = await fetch(url, { headers: { authorization: basic } });
		return ((await response.json()) as { token: string }).token;
	};
	const ask = async (version: number, token?: string) => {
		const authorization = `Bearer ${token ?? (await askToken('v2/next', 'v2/web'))}`;
		const url = `${fixture.cloud.url}/api/v${version}/delta?src=${IMAGE}&dest=${NEXT}`;
		return fetch(url, { headers: { authorization }, redirect: 'manual' });
	};
	const add = (delta: Partial<NewDeltaInput>) => fixture.client.createDelta({ src: IMAGE, dest: NEXT, ...delta });

	it('are there for a token that allows to pull both images', async () => {
		await add({ name: 'registry.test/v2/next:delta' });
		const answer = await ask(3);
		expect(answer.status).to.equal(200);
		expect(await answer.json()).to.deep.equal({ name: 'registry.test/v2/next:delta' });
		expect((await ask(3, await askToken('v2/next'))).status).to.equal(401);
		expect((await ask(3, 'nonsense')).status).to.equal(401);
	});

	it('are not found before one is made', async () => {
		expect((await ask(3)).status).to.equal(404);
		await add({ name: 'registry.test/v2/next:delta' });
		expect((await ask(2)).status).to.equal(404);
	});

	it('take their time to be made', async () => {
		await add({ processing: 2, name: 'registry.test/v2/next:delta' });
		const statuses = [(await ask(3)).status, (await ask(3)).status, (await ask(3)).status];
		expect(statuses).to.deep.equal([504, 504, 200]);
	});

	it('of version 2 are somewhere else', async () => {
		await add({ location: 'http://elsewhere.test/x' });
		const answer = await ask(2);
		expect([answer.status, answer.headers.get('location')]).to.deep.equal([302, 'http://elsewhere.test/x']);
	});

	describe('payloads', () => {
		const load = async (headers: Record<string, string> = {}) => {
			const location = (await ask(2)).headers.get('location') ?? '';
			return fetch(`${fixture.cloud.url}${location}`, { headers });
		};
		const payload = Buffer.from(PAYLOAD).toString('base64');

		it('are sent whole, or from a byte on', async () => {
			await add({ payload });
			const whole = await load();
			expect(whole.status).to.equal(200);
			expect(whole.headers.get('accept-ranges')).to.equal('bytes');
			expect(whole.headers.get('content-length')).to.equal('10');
			expect(await whole.text()).to.equal(PAYLOAD);
			const rest = await load({ range: 'bytes=7-' });
			expect([rest.status, rest.headers.get('content-range'), await rest.text()]).to.deep.equal([
				206,
				'bytes 7-9/10',
				'789',
			]);
		});

		it('are sent whole by a server that knows no ranges', async () => {
			await add({ payload, refusesRanges: true });
			const answer = await load({ range: 'bytes=7-' });
			expect([answer.status, answer.headers.get('accept-ranges'), await answer.text()]).to.deep.equal([
				200,
				null,
				PAYLOAD,
			]);
		});

		it('break off where a fault says so', async () => {
			await add({ payload });
			await fixture.client.createFault({ match: { path: '/delta-payloads/' }, times: 1, truncate: 4 });
			const broken = await load();
			expect(broken.headers.get('content-length')).to.equal('10');
			expect(
				await broken.text().then(
					() => 'whole',
					() => 'broken',
				),
			).to.equal('broken');
			expect(await (await load()).text()).to.equal(PAYLOAD);
		});
	});
});

describe('tools/cloud: tokens for a registry that checks them', () => {
	let folder: string;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'signer-'));
	});
	after(() => {
		rmSync(folder, { recursive: true });
	});

	it('are signed with the key whose certificate they carry', async () => {
		const [keyPath, certificatePath] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
		const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
		const files = ['-keyout', keyPath, '-out', certificatePath, '-subj', '/CN=tokens'];
		execFileSync('openssl', ['req', '-x509', ...fresh, ...files], { stdio: 'pipe' });
		const signer = { issuer: 'tokens', key: readFileSync(keyPath), certificate: readFileSync(certificatePath) };
		const fixture = await startFixture({ tokenSigner: signer });
		try {
			const { body } = await fixture.get('/auth/v1/token?service=registry.test&scope=repository:v2/web:pull', {
				authorization: `Basic ${Buffer.from(`d_${UUID}:${KEY}`).toString('base64')}`,
			});
			const [head = '', payload = '', signature = ''] = (body as { token: string }).token.split('.');
			const { x5c } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { x5c: string[] };
			const { publicKey } = new X509Certificate(Buffer.from(x5c[0] ?? '', 'base64'));
			expect(publicKey.equals(createPublicKey(signer.key))).to.equal(true);
			const options = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
			const bytes = Buffer.from(`${head}.${payload}`);
			expect(verify('sha256', bytes, options, Buffer.from(signature, 'base64url'))).to.equal(true);
			expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).to.include({
				...{ iss: 'tokens', aud: 'registry.test', sub: `d_${UUID}` },
			});
		} finally {
			await fixture.cloud.stop();
		}
	});
});
