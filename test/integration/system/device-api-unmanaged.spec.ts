import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openStream } from './api-client.ts';
import { setLocalScene, type LocalScene } from './local-scene.ts';

const NOT_FOUND = /^App not found: an app needs to be installed for this endpoint to work\.\n\t/;

/** Notes how it was called; follows in silence, as in a quiet night. */
const JOURNALCTL = `#!/bin/sh
echo "$*" >>"$TEST_PROGRAMS/calls"
echo "one line"
case "$*" in *--follow*) echo $$ >"$TEST_PROGRAMS/pid"; exec sleep 600 ;; esac
`;

/** Set-up U of device-api section 12. */
describe('the API of a device without a cloud and without an app', function () {
	this.timeout(60_000);
	let scene: LocalScene;

	let programs: string;

	before(async () => {
		programs = mkdtempSync(join(tmpdir(), 'programs-'));
		writeFileSync(join(programs, 'journalctl'), JOURNALCTL);
		chmodSync(join(programs, 'journalctl'), 0o755);
		scene = await setLocalScene({
			environment: { PATH: `${programs}:${process.env['PATH'] ?? ''}`, TEST_PROGRAMS: programs },
		});
		await scene.device.start();
	});
	after(async () => {
		try {
			await scene.dispose();
		} finally {
			rmSync(programs, { recursive: true });
		}
	});

	const post = (path: string, body?: unknown) => scene.call('POST', path, body === undefined ? {} : { body });
	const get = (path: string) => scene.call('GET', path);

	it('device-api #5: is healthy', async () => {
		expect(await get('/v1/healthy')).to.include({ status: 200, text: 'OK' });
	});

	it('device-api #30: takes an update for granted', async () => {
		expect(await post('/v1/update')).to.include({ status: 204, text: '', type: undefined });
	});

	it('device-api #31: shows the device', async () => {
		const device = (await get('/v1/device')).json;
		expect(device).to.include({ update_pending: false, update_failed: false, update_downloaded: false });
		expect(device).to.have.property('api_port').that.is.a('number');
		expect(device).to.have.property('os_version').that.is.a('string');
		expect(device).to.have.property('supervisor_version').that.is.a('string');
		expect(device).not.to.have.any.keys('status', 'commit');
	});

	it('device-api #32 #33: knows no app of the first version of the API', async () => {
		const text = { type: 'text/html; charset=utf-8' };
		expect(await get('/v1/apps/abc')).to.include({ status: 400, text: 'Missing app id', ...text });
		expect(await get('/v1/apps/1')).to.include({ status: 400, text: 'App not found', ...text });
		expect(await post('/v1/apps/abc/stop')).to.include({ status: 400, text: 'Invalid app id', ...text });
		expect(await post('/v1/restart', {})).to.include({ status: 400, text: 'Missing app id', ...text });
		expect(await post('/v1/purge', {})).to.include({ status: 400, text: 'Invalid or missing appId', ...text });
	});

	it('device-api #34 #35 #36: answers what is wrong with an app id', async () => {
		const failed = (message: string) => ({ status: 'failed', message });
		for (const [path, message] of [
			['/v2/applications/abc/restart', 'Missing app id'],
			['/v2/applications/0/purge', 'Missing app id'],
			['/v2/applications/abc/stop-service', 'Invalid app id'],
		] as const) {
			const answer = await post(path, {});
			expect(answer.status).to.equal(400);
			expect(answer.json).to.deep.equal(failed(message));
		}
		const wrong = await get('/v2/applications/abc/state');
		expect([wrong.status, wrong.json]).to.deep.equal([400, failed('Invalid application ID: abc')]);
		const unknown = await get('/v2/applications/9000/state');
		expect([unknown.status, unknown.json]).to.deep.equal([409, failed('Application ID does not exist: 9000')]);
		const service = await post('/v2/applications/9000/stop-service', { serviceName: 'x' });
		expect(service.status).to.equal(404);
		expect(service.text).to.match(NOT_FOUND);
	});

	it('device-api #37: shows that there is nothing', async () => {
		expect((await get('/v2/applications/state')).json).to.deep.equal({});
		expect((await get('/v2/containerId')).json).to.deep.equal({ status: 'success', services: {} });
		// It was asked to update a moment ago.
		const isApplied = async () => (await get('/v2/state/status')).text.includes('"appState":"applied"');
		await scene.device.waitFor('it has looked', isApplied);
		expect((await get('/v2/state/status')).json).to.deep.equal({
			status: 'success',
			appState: 'applied',
			overallDownloadProgress: null,
			containers: [],
			images: [],
		});
	});

	it('device-api #38: shows what it is', async () => {
		const version = (await get('/v2/version')).json as { readonly version: string };
		expect(version).to.have.property('status', 'success');
		expect(version.version).to.match(/^\d+\.\d+\.\d+(\+.+)?$/);
		const info = (await get('/v2/local/device-info')).json as { readonly info: object };
		expect(info.info).to.have.keys('arch', 'deviceType');
		expect((await get('/v2/device/name')).json).to.deep.equal({ status: 'success', deviceName: 'local' });
	});

	it('device-api #39: has no tags to show, and takes new ones', async () => {
		expect((await get('/v2/device/tags')).status).to.equal(500);
		const patch = (body?: unknown) => scene.call('PATCH', '/v2/device/tags', body === undefined ? {} : { body });
		expect((await patch({ a: 1 })).status).to.equal(400);
		const blank = await patch({ 'a b': '1' });
		expect([blank.status, blank.json]).to.deep.equal([
			400,
			{ status: 'failed', message: 'Tag keys cannot contain whitespace' },
		]);
		const taken = await patch({ a: '1' });
		expect([taken.status, taken.json]).to.deep.equal([202, { status: 'success' }]);
		expect((await patch()).status).to.equal(202);
	});

	it('device-api #73: shows the journal, with the requested options', async () => {
		const body = { all: true, count: '10', unit: 'x.service', since: '2020-01-01' };
		const answer = await post('/v2/journal-logs', body);
		expect(answer).to.include({ status: 200, text: 'one line\n', type: undefined });
		expect(answer.headers['transfer-encoding']).to.equal('chunked');
		const calls = readFileSync(join(programs, 'calls'), 'utf8');
		expect(calls.split('\n')).to.include('-a -u x.service -n 10 -S 2020-01-01 -o short');
	});

	it('device-api #74: ends the program that follows the journal when its client disconnects', async () => {
		const stream = await openStream(scene.device.url, 'POST', '/v2/journal-logs', { body: { follow: true } });
		stream.on('error', () => undefined); // closed by the test
		await scene.device.waitFor('it follows', () => existsSync(join(programs, 'pid')));
		const pid = Number(readFileSync(join(programs, 'pid'), 'utf8'));
		expect(existsSync(`/proc/${pid}`)).to.equal(true);
		stream.destroy();
		await scene.device.waitFor('it is gone', () => !existsSync(`/proc/${pid}`));
	});

	it('device-api #77: shows whether the VPN is up', async () => {
		const folder = join(scene.device.folder, 'root/run/openvpn/vpn_status');
		const isConnected = async () =>
			((await get('/v2/device/vpn')).json as { readonly vpn: { readonly connected: boolean } }).vpn.connected;
		expect(await isConnected()).to.equal(false);
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, 'active'), '');
		expect(await isConnected()).to.equal(true);
		rmSync(join(folder, 'active'));
	});

	it('device-api #83: logs each request without its query', async () => {
		await get('/ping?apikey=canary'); // that it succeeds is only logged for debugging
		await get('/nowhere?apikey=canary');
		await scene.device.waitForLog(/GET \/nowhere 404 - \d+\.\d{3} ms/);
		expect(scene.device.log()).not.to.include('canary');
	});
});
