import { expect } from 'chai';

import type { Fixture } from './cloud-fixture.ts';
import { COMMIT, FLEET_UUID, startFixture, UUID } from './cloud-fixture.ts';

describe('tools/cloud: target state', () => {
	let fixture: Fixture;

	beforeEach(async () => {
		fixture = await startFixture();
	});

	afterEach(() => fixture.cloud.stop());

	it('keeps its entity tag while the target is the same, and changes it with the target', async () => {
		const first = await fixture.poll();
		const again = await fixture.poll({ 'if-none-match': String(first.headers.etag) });
		await fixture.client.updateDevice(UUID, { environment: { RATE: '5' } });
		const changed = await fixture.poll({ 'if-none-match': String(first.headers.etag) });
		expect([first.status, again.status, changed.status]).to.deep.equal([200, 304, 200]);
		expect(again.headers.etag).to.equal(first.headers.etag);
		expect(again.text).to.equal('');
		expect(changed.headers.etag).not.to.equal(first.headers.etag);
	});

	it('compresses when that is offered, brotli first, under the same entity tag', async () => {
		await fixture.client.updateDevice(UUID, { environment: { LONG: 'x'.repeat(2000) } });
		const plain = await fixture.poll();
		const gzip = await fixture.poll({ 'accept-encoding': 'gzip, deflate' });
		const brotli = await fixture.poll({ 'accept-encoding': 'gzip, deflate, br' });
		const encodings = [plain, gzip, brotli].map((answer) => answer.headers['content-encoding']);
		expect(encodings).to.deep.equal([undefined, 'gzip', 'br']);
		expect(new Set([plain, gzip, brotli].map((answer) => answer.headers.etag)).size).to.equal(1);
		expect(brotli.body).to.deep.equal(plain.body);
	});

	it('raises the poll interval to the minimum and always sends it', async () => {
		const intervalOf = async () => {
			const body = (await fixture.poll()).body as Record<string, { readonly config: Record<string, string> }>;
			return body[UUID]?.config.RESIN_SUPERVISOR_POLL_INTERVAL;
		};
		expect(await intervalOf()).to.equal('3000');
		await fixture.client.updateDevice(UUID, { config: { RESIN_SUPERVISOR_POLL_INTERVAL: '2' } });
		expect(await intervalOf()).to.equal('3000');
		await fixture.client.updateDevice(UUID, { config: { RESIN_SUPERVISOR_POLL_INTERVAL: '900000' } });
		expect(await intervalOf()).to.equal('900000');
	});

	it('answers 304 without an entity tag once the device is deleted', async () => {
		await fixture.client.updateDevice(UUID, { deleted: true });
		const answer = await fixture.poll();
		expect(answer.status).to.equal(304);
		expect(answer.headers.etag).to.equal(undefined);
	});

	it('of a fleet is what a device that will join it gets', async () => {
		await fixture.client.updateDevice(UUID, { environment: { RATE: '5' } });
		const { provisioningKey } = await fixture.client.getFleet(1);
		const path = `/device/v3/fleet/${FLEET_UUID}/state`;
		const read = (key: string) => fixture.get(path, { authorization: `Bearer ${key}` });
		const { status, body } = await read(provisioningKey);
		expect(status).to.equal(200);
		expect(body).to.have.nested.property(`${FLEET_UUID}.name`, 'weather');
		expect(body).to.have.nested.property(`${FLEET_UUID}.apps.${FLEET_UUID}.releases.${COMMIT}.services.web.image`);
		expect(JSON.stringify(body)).not.to.include('RATE');
		expect((await read('no-key')).status).to.equal(401);
		expect((await fixture.get(`/device/v3/fleet/${'0'.repeat(32)}/state`)).status).to.equal(401);
	});

	it('follows the latest release that is final, tracked and successful, unless pinned', async () => {
		const commitServed = async () => {
			const body = (await fixture.poll()).body as Record<
				string,
				{ readonly apps: Record<string, { releases: object }> }
			>;
			return Object.keys(body[UUID]?.apps[FLEET_UUID]?.releases ?? {})[0];
		};
		const release = { composition: {}, images: {} };
		await fixture.client.createRelease(1, { ...release, commit: 'draft', draft: true });
		await fixture.client.createRelease(1, { ...release, commit: 'failed', status: 'failed' });
		await fixture.client.createRelease(1, { ...release, commit: 'untracked', track: false });
		expect(await commitServed()).to.equal(COMMIT);
		await fixture.client.createRelease(1, { ...release, commit: 'next' });
		expect(await commitServed()).to.equal('next');
		await fixture.client.updateDevice(UUID, { pinnedRelease: COMMIT });
		expect(await commitServed()).to.equal(COMMIT);
		await fixture.client.updateDevice(UUID, { pinnedRelease: null });
		await fixture.client.updateFleet(1, { targetRelease: 'untracked' });
		expect(await commitServed()).to.equal('untracked');
	});

	it('does not replace an update strategy that a service has itself', async () => {
		const own = { 'io.resin.update.strategy': 'hand-over' };
		await fixture.client.updateFleet(1, {
			config: { RESIN_SUPERVISOR_UPDATE_STRATEGY: 'kill-then-download', RESIN_SUPERVISOR_HANDOVER_TIMEOUT: '1' },
			serviceLabels: { web: own },
		});
		const { text } = await fixture.poll();
		expect(text).to.contain('"labels":{"io.resin.update.strategy":"hand-over","io.resin.update.handover-timeout":"1"}');
	});

	it('forgets the pin of a device that moves to another fleet', async () => {
		await fixture.client.updateDevice(UUID, { pinnedRelease: COMMIT });
		const { id } = await fixture.client.createFleet({ name: 'empty' });
		const moved = await fixture.client.updateDevice(UUID, { fleet: id });
		expect(moved.targetRelease).to.equal(null);
		expect((await fixture.poll()).text).not.to.contain(COMMIT);
	});

	it('serves any body in place of the target until that is taken back', async () => {
		const composed = await fixture.poll();
		await fixture.client.setTarget(UUID, { [UUID]: { name: 5 } });
		expect((await fixture.poll()).body).to.deep.equal({ [UUID]: { name: 5 } });
		await fixture.client.setTarget(UUID, null);
		expect((await fixture.poll()).text).to.equal(composed.text);
	});

	it('takes a poll, and nothing else, for a sign of life', async () => {
		await fixture.cloud.stop();
		let now = 1_000_000;
		fixture = await startFixture({ now: () => now });
		await fixture.report({ status: 'Idle' });
		const heartbeat = async () => (await fixture.client.getDevice(UUID)).heartbeat;
		expect(await heartbeat()).to.equal('unknown');
		await fixture.poll();
		now += 1.5 * 3000 - 1;
		expect(await heartbeat()).to.equal('online');
		now += 1;
		expect(await heartbeat()).to.equal('timeout');
		now += 15_000;
		expect(await heartbeat()).to.equal('offline');
	});
});
