import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { containersByService } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

describe('a device whose cloud has a certificate of an authority of its own', function () {
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
		await scene.dispose();
		rmSync(folder, { recursive: true });
	});

	it('does not trust it unasked, and registers, fetches and reports once it has been told to; so does its log', async () => {
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

/** One that signs, and one for the loopback that it has signed. */
function makeCertificates(folder: string): { readonly authority: string; readonly key: string; readonly cert: string } {
	const at = (name: string) => join(folder, name);
	const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
	const [authority, authorityKey, key, cert] = [at('ca.pem'), at('ca.key'), at('server.key'), at('server.pem')];
	const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
	openssl('req', '-x509', ...fresh, '-keyout', authorityKey, '-out', authority, '-subj', '/CN=authority');
	const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
	openssl('req', '-x509', ...fresh, '-keyout', key, '-out', cert, ...name, '-CA', authority, '-CAkey', authorityKey);
	return { authority, key, cert };
}
