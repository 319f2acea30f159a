import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { containersByService } from './engine-view.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { setScene, type Scene } from './scene.ts';

describe('a device whose cloud has a certificate of a private authority', function () {
	this.timeout(60_000);
	let folder: string;
	let authority: string;
	let scene: Scene;

	before(async () => {
		folder = mkdtempSync(join(tmpdir(), 'authority-'));
		const made = makeCertificates(folder);
		authority = made.authority;
		scene = await setScene({ tls: { key: readFileSync(made.key), cert: readFileSync(made.cert) } });
	});
	after(async () => {
		try {
			await scene.dispose();
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('does not trust it by default; with the authority configured it registers, fetches, reports and sends its log', async () => {
		const { device, client, engine } = scene;
		await device.start();
		await device.waitForLog('cannot provision, trying again');
		expect(await client.listDevices()).to.deep.equal([]);
		await device.kill('SIGTERM');

		await device.start({ NODE_EXTRA_CA_CERTS: authority });
		const { commit } = await scene.apply({ web: scene.images[0] });
		expect((await containersByService(engine))['web']?.State.Status).to.equal('running');
		await scene.waitForReport(commit, ['web']);
		const uuid = await device.uuid();
		await device.waitFor('its log streams', async () => (await client.listLogs(uuid)).length > 0, 30_000);
		expect(device.logSinceStart()).to.include('Internet Connectivity: OK');
	});
});
