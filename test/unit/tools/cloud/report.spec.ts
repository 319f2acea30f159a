import { expect } from 'chai';

import type { Fixture } from './cloud-fixture.ts';
import { COMMIT, FLEET_UUID, IMAGE, startFixture, UUID } from './cloud-fixture.ts';

describe('tools/cloud: state report', () => {
	let fixture: Fixture;

	beforeEach(async () => {
		fixture = await startFixture();
	});

	afterEach(() => fixture.cloud.stop());

	const running = { image: IMAGE, status: 'Running' };
	const apps = (services: unknown, status = 'done') => ({
		[FLEET_UUID]: { release_uuid: COMMIT, releases: { [COMMIT]: { update_status: status, services } } },
	});

	it('merges one report into the other', async () => {
		await fixture.report({ status: 'Idle', cpu_temp: 40 });
		await fixture.report({ cpu_temp: 45 });
		const device = await fixture.client.getDevice(UUID);
		expect(device.state).to.deep.equal({ status: 'Idle', cpu_temp: 45 });
		expect(device.reportCount).to.equal(2);
	});

	it('keeps what the device runs', async () => {
		await fixture.report({ apps: apps({ web: { ...running, download_progress: null } }, 'applying changes') });
		const device = await fixture.client.getDevice(UUID);
		expect(device.releaseUuid).to.equal(COMMIT);
		expect(device.updateStatus).to.equal('applying changes');
		expect(device.installs).to.deep.equal([
			{ service: 'web', image: IMAGE, release: COMMIT, status: 'Running', downloadProgress: null },
		]);
	});

	it('takes apps for a complete list: what is not mentioned is deleted', async () => {
		await fixture.report({ apps: apps({ web: running }) });
		await fixture.report({ status: 'Idle' });
		expect((await fixture.client.getDevice(UUID)).installs[0]?.status).to.equal('Running');
		await fixture.report({ apps: {} });
		expect((await fixture.client.getDevice(UUID)).installs[0]?.status).to.equal('deleted');
	});

	it('drops a service status that it does not know', async () => {
		await fixture.report({ apps: apps({ web: running }) });
		await fixture.report({ apps: apps({ web: { ...running, status: 'Levitating' } }) });
		expect((await fixture.client.getDevice(UUID)).installs[0]?.status).to.equal('Running');
	});

	it('cuts, clamps and cleans values before it keeps them', async () => {
		const addresses = Array.from({ length: 300 }, (_, index) => `10.0.0.${index}`).join(' ');
		const answer = await fixture.report({
			status: 's'.repeat(60),
			os_version: 'o'.repeat(80),
			supervisor_version: 'v'.repeat(30),
			api_secret: 'a'.repeat(70),
			ip_address: addresses,
			cpu_id: 'ABCDEF',
			os_variant: 'weird',
			memory_usage: 99_999_999_999,
			no_such_field: 1,
		});
		const { state } = await fixture.client.getDevice(UUID);
		expect(answer.status).to.equal(200);
		const lengths = ['status', 'os_version', 'supervisor_version', 'api_secret'].map(
			(name) => String(state[name]).length,
		);
		expect(lengths).to.deep.equal([50, 70, 20, 64]);
		expect(String(state.ip_address).length).to.be.within(1980, 2000);
		expect(addresses.startsWith(`${String(state.ip_address)} `)).to.be.true;
		expect(state).to.include({ cpu_id: 'abcdef', memory_usage: 2 ** 31 - 1 });
		expect(state).not.to.have.any.keys('os_variant', 'no_such_field');
	});

	for (const [what, fields, status] of [
		['a fractional metric', { cpu_usage: 3.7 }, 400],
		['a null status', { status: null }, 400],
		['a null mac address', { mac_address: null }, 400],
		['a metric as text', { memory_usage: '200' }, 400],
		['an unknown update status', { apps: { [FLEET_UUID]: { releases: { [COMMIT]: { update_status: 'x' } } } } }, 400],
		['a release of an unknown app', { apps: { ['d'.repeat(32)]: { releases: { [COMMIT]: {} } } } }, 401],
		['an unknown release', { apps: { [FLEET_UUID]: { release_uuid: 'x' } } }, 401],
		['an image of no release', { apps: apps({ web: { image: 'registry.test/v2/other', status: 'Running' } }) }, 401],
	] as const) {
		it(`refuses the whole report for ${what}`, async () => {
			const answer = await fixture.report({ cpu_temp: 40, ...fields });
			expect(answer.status).to.equal(status);
			expect(answer.text).to.equal('');
			const device = await fixture.client.getDevice(UUID);
			expect(device.state).to.deep.equal({});
			expect(device.installs).to.deep.equal([]);
			expect(device.reportCount).to.equal(0);
		});
	}

	it('shows every report with its answer, refused ones too', async () => {
		await fixture.report({ status: 'Idle' });
		await fixture.report({ cpu_usage: 3.7 });
		const reports = await fixture.client.listReports(UUID);
		expect(reports.map(({ status, body }) => ({ status, body }))).to.deep.equal([
			{ status: 200, body: { [UUID]: { status: 'Idle' } } },
			{ status: 400, body: { [UUID]: { cpu_usage: 3.7 } } },
		]);
	});
});
