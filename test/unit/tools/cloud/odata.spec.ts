import { expect } from 'chai';

import type { Fixture } from './cloud-fixture.ts';
import { COMMIT, FLEET_UUID, IMAGE, startFixture, UUID } from './cloud-fixture.ts';
import { send } from './recordings.ts';

describe('tools/cloud: OData', () => {
	let fixture: Fixture;

	before(async () => {
		fixture = await startFixture();
	});

	after(() => fixture.cloud.stop());

	const release = `/v7/release?$filter=(belongs_to__application%20eq%201)%20and%20(commit%20eq%20%27${COMMIT}%27)%20and%20(status%20eq%20%27success%27)`;

	for (const [what, path, rows] of [
		['the key check', `/v7/device?$select=id&$filter=uuid%20eq%20%27${UUID}%27`, [{ id: 1 }]],
		['the release to pin', `${release}&$select=id`, [{ id: 1 }]],
		['the uuid of an application', '/v7/application(1)?$select=uuid', [{ uuid: FLEET_UUID }]],
		['an application that is not visible', '/v7/application(7)?$select=uuid', []],
		[
			'a release with its images',
			`${release}&$select=id&$expand=contains__image($select=id;$expand=image($select=id,content_hash)),belongs_to__application($select=uuid)`,
			[
				{
					id: 1,
					contains__image: [{ id: 1, image: [{ id: 1, content_hash: IMAGE.split('@')[1] }] }],
					belongs_to__application: [{ uuid: FLEET_UUID }],
				},
			],
		],
		[
			'a filter on a text with brackets and words',
			"/v7/device?$select=id&$filter=device_name%20eq%20'a%20and%20(b'",
			[],
		],
	] as const) {
		it(`answers ${what}`, async () => {
			const answer = await fixture.get(path);
			expect(answer.status).to.equal(200);
			expect(answer.body).to.deep.equal({ d: rows });
		});
	}

	it('takes the same query in other words', async () => {
		const answer = await fixture.get(
			`/v7/release?$select=id&$filter=((commit+eq+'${COMMIT}')+and+belongs_to__application+eq+1)`,
		);
		expect(answer.body).to.deep.equal({ d: [{ id: 1 }] });
	});

	it('says so when it does not understand a query', async () => {
		const answer = await fixture.get(`/v7/device?$filter=startswith(uuid,%27a%27)`);
		expect(answer.status).to.equal(501);
		expect(String(answer.body)).to.contain('startswith');
	});

	it('does not let a path that begins with two slashes pass for another one', async () => {
		const answer = await send(fixture.cloud.url, { method: 'POST', path: '//device/register' });
		expect(answer.status).to.equal(404);
	});

	it('renames and pins the device', async () => {
		expect((await fixture.patch('/v7/device(1)', { device_name: 'n1', is_pinned_on__release: 1 })).status).to.equal(
			200,
		);
		const device = await fixture.client.getDevice(UUID);
		expect(device.name).to.equal('n1');
		expect(fixture.cloud.model.device(UUID)?.pinnedReleaseId).to.equal(1);
	});

	it('shows nothing at all to the key of a deleted device', async () => {
		await fixture.client.updateDevice(UUID, { deleted: true });
		for (const resource of ['device', 'application', 'release', 'device_tag']) {
			expect((await fixture.get(`/v7/${resource}?$select=id`)).body, resource).to.deep.equal({ d: [] });
		}
	});
});
