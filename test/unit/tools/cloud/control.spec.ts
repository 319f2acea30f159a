import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import { ControlCallError, createControlClient } from '../../../../tools/cloud/control-client.ts';
import { startCloud } from '../../../../tools/cloud/start-cloud.ts';
import type { Fixture } from './cloud-fixture.ts';
import { COMMIT, IMAGE, startFixture, useCloud, UUID } from './cloud-fixture.ts';

describe('tools/cloud: control API and store', () => {
	let directory: string;
	let fixture: Fixture;

	beforeEach(async () => {
		directory = await mkdtemp(join(tmpdir(), 'stand-in-cloud-'));
		fixture = await startFixture({ storePath: directory, controlSocket: join(directory, 'control.sock') });
	});

	afterEach(async () => {
		await fixture.cloud.stop();
		await rm(directory, { recursive: true });
	});

	it('makes a release from the text of a docker-compose file', async () => {
		const composition =
			'services:\n  web:\n    build: .\n    environment: [A=1, B=]\n    labels: {l: 1}\n  db: {image: x}\n';
		const release = await fixture.client.createRelease(1, {
			composition,
			images: { db: 'Registry.test/DB', web: IMAGE },
		});
		expect(release.commit).to.match(/^[0-9a-f]{32}$/);
		expect(release.services).to.deep.equal({
			db: { id: 2, imageId: 2, image: 'registry.test/db' },
			// The service is the one of the release before; its image is another one.
			web: { id: 1, imageId: 3, image: IMAGE },
		});
		const text = (await fixture.poll()).text;
		expect(text).to.contain('"environment":{"A":"1","B":""},"labels":{"l":"1"}');
		expect(text).not.to.contain('build');
	});

	it('reads the text of a docker-compose file as docker compose does', async () => {
		const composition = [
			'x-all: &all {restart: no, labels: &labels {l: 1147053346671102335}}',
			'services:',
			'  web: {<<: *all, labels: {<<: *labels, m: 022}, environment: {V: "${FOO:-dflt} a$$b"}}',
		].join('\n');
		await fixture.client.createRelease(1, { composition, images: { web: IMAGE } });
		const text = (await fixture.poll()).text;
		expect(text).to.contain('"environment":{"V":"dflt a$b"},"labels":{"l":"1147053346671102335","m":"18"}');
		expect(text).to.contain('"restart":"no"');
		const refused = await fixture.client
			.createRelease(1, { composition: '{services: {web: {image: "${FOO}"}}}', images: {} })
			.catch((error: unknown) => error);
		expect(String(refused)).to.contain(
			'the composition cannot be used: services.web.image: the variable FOO is not set',
		);
	});

	it('says what is wrong with a call', async () => {
		const errors = await Promise.all(
			[
				fixture.client.getFleet(99),
				fixture.client.updateDevice(UUID, { pinnedRelease: 'nowhere' }),
				fixture.client.createRelease(1, { composition: 'a: [', images: {} }),
				fixture.client.createRelease(1, { composition: {}, images: {}, commit: COMMIT }),
			].map((call) =>
				call.then(
					() => undefined,
					(error: unknown) => error,
				),
			),
		);
		expect(errors.map((error) => error instanceof ControlCallError && error.status)).to.deep.equal([
			404, 400, 400, 409,
		]);
		expect(String(errors[1])).to.contain('no release nowhere');
	});

	it('is served on a unix socket as well, without the device protocol', async () => {
		const client = createControlClient(join(directory, 'control.sock'));
		expect((await client.getDevice(UUID)).uuid).to.equal(UUID);
	});

	it('sets and removes single variables', async () => {
		await fixture.client.updateDevice(UUID, {
			environment: { A: '1', B: '2' },
			serviceEnvironment: { web: { C: '3' } },
		});
		const device = await fixture.client.updateDevice(UUID, {
			environment: { A: null },
			serviceEnvironment: { web: { C: null } },
		});
		expect(device.environment).to.deep.equal({ B: '2' });
		expect(device.serviceEnvironment).to.deep.equal({ web: {} });
	});

	it('lists requests without credentials', async () => {
		await fixture.client.deleteRequests();
		await fixture.get('/ping?apikey=secret&a=1&a=2');
		await fixture.report({ status: 'Idle' });
		const requests = await fixture.client.listRequests();
		expect(requests.map(({ method, path, status }) => [method, path, status])).to.deep.equal([
			['GET', '/ping', 200],
			['PATCH', '/device/v3/state', 200],
		]);
		expect(requests[0]?.query).to.deep.equal({ apikey: '…', a: ['1', '2'] });
		expect(requests[0]?.headers.authorization).to.equal('Bearer');
		expect(requests[1]?.body).to.deep.equal({ [UUID]: { status: 'Idle' } });
		expect(await fixture.client.listRequests(requests[0]?.n)).to.have.length(1);
	});

	it('remembers everything after a restart', async () => {
		await fixture.report({ status: 'Idle' });
		await fixture.client.updateDevice(UUID, { environment: { A: '1' } });
		const before = await fixture.poll();
		const device = await fixture.client.getDevice(UUID);
		await fixture.cloud.stop();
		fixture = useCloud(await startCloud({ port: 0, storePath: directory, minimumPollIntervalMs: 3000 }));
		expect(await fixture.client.getDevice(UUID)).to.deep.equal(device);
		expect(await fixture.client.listReports(UUID)).to.have.length(1);
		const after = await fixture.poll({ 'if-none-match': String(before.headers.etag) });
		expect(after.status).to.equal(304);
		const next = await fixture.client.createRelease(1, { composition: {}, images: {} });
		expect(next.id).to.equal(2);
	});

	it('writes its file soon and whole, not only when it stops', async () => {
		await fixture.client.updateFleet(1, { name: 'renamed' });
		const file = join(directory, 'cloud.json');
		const nameStored = async () => {
			const text = await readFile(file, 'utf8').catch(() => '{"fleets":[]}');
			return (JSON.parse(text) as { readonly fleets: readonly { readonly name: string }[] }).fleets[0]?.name;
		};
		while ((await nameStored()) !== 'renamed') {
			await sleep(5);
		}
		expect(await readdir(directory)).to.include('cloud.json');
	});

	it('notifies a device on this machine of a new target, once for each change', async () => {
		await fixture.cloud.stop();
		fixture = await startFixture({ notify: 'loopback' });
		const calls: string[] = [];
		const device = createServer((request, response) => {
			calls.push(`${String(request.method)} ${String(request.url)} ${String(request.headers['content-length'])}`);
			response.end();
		});
		await new Promise<void>((resolve) => device.listen(0, '127.0.0.1', () => resolve()));
		try {
			await fixture.client.updateDevice(UUID, { name: 'no device yet' });
			await sleep(70);
			const { port } = device.address() as AddressInfo;
			await fixture.report({ api_port: port, api_secret: 'secret', ip_address: '10.0.0.2' });
			await fixture.client.updateDevice(UUID, { name: 'a' });
			await fixture.client.updateFleet(1, { environment: { A: '1' } });
			await fixture.client.updateFleet(1, { environment: { A: '2' } });
			await fixture.client.createFleet({ name: 'other', uuid: 'e'.repeat(32) });
			await fixture.client.updateDevice(UUID, { fleet: 2 }); // the real cloud calls twice then
			for (let tries = 0; calls.length < 5 && tries < 200; tries++) {
				await sleep(5);
			}
			await sleep(70);
			expect(calls).to.deep.equal(Array(5).fill('POST /v1/update?apikey=secret 0'));
		} finally {
			device.closeAllConnections();
			device.close();
		}
	});
});
