import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { apiClient, type ApiAnswer, type ApiCall } from './api-client.ts';
import { containersByService } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const TOKEN = 'canary-registry-token-0123456789';
const PROXY_PASSWORD = 'canary-proxy-password-0123456789';
const TARGET = { method: 'GET', path: '/\\/state$/' };
const SAMPLE_MS = 20;

describe('the keys of a device', function () {
	this.timeout(90_000);
	let scene: Scene;
	/** By what they are. */
	let canaries: Readonly<Record<string, string>>;
	const answers: { readonly what: string; readonly text: string }[] = [];
	const arguments_ = new Set<string>();
	const elsewhere: IncomingHttpHeaders[] = [];
	let sampler: NodeJS.Timeout;
	let call: (method: string, path: string, call?: ApiCall) => Promise<ApiAnswer>;

	const other = createServer((request, response) => {
		elsewhere.push(request.headers);
		response.end('{}');
	});

	before(async () => {
		other.listen(0, '127.0.0.1');
		await once(other, 'listening');
		sampler = setInterval(() => readArguments().forEach((line) => arguments_.add(line)), SAMPLE_MS);
		scene = await setScene({ environment: { LOG_LEVEL: 'debug' } });
		const { client, device, images, fleet } = scene;
		const send = apiClient(device.url);
		call = async (method, path, options) => {
			const answer = await send(method, path, options);
			// "Cannot GET …" repeats the request to its caller.
			const text = (JSON.stringify(answer.headers) + answer.text).replaceAll(path, 'PATH');
			answers.push({ what: `${method} ${path.split('?')[0]}`, text });
			return answer;
		};
		await client.createFault({ match: { path: '/auth/v1/token' }, status: 200, body: { token: TOKEN } });
		await client.createFault({ match: { path: '/api/v3/delta' }, status: 404, body: `there is none for ${TOKEN}` });
		await device.start();
		const uuid = await device.uuid();
		await client.updateDevice(uuid, {
			config: { RESIN_SUPERVISOR_DELTA: '1', RESIN_SUPERVISOR_DELTA_VERSION: '3' },
		});
		const compositions = { web: { labels: { 'io.balena.features.supervisor-api': '1' } } };
		await scene.apply({ web: images[0] }, { compositions });
		await client.deleteRequests();
		await scene.apply({ web: images[1] }, { compositions });
		const { deviceApiKey } = JSON.parse(readFileSync(device.configPath, 'utf8')) as { deviceApiKey: string };
		canaries = {
			'provisioning key': fleet.provisioningKey,
			'device key': deviceApiKey,
			'API secret': await device.apiKey(),
			'key of a service': await serviceKey(scene),
			'registry token': TOKEN,
			'proxy password': PROXY_PASSWORD,
		};
	});
	after(async () => {
		clearInterval(sampler);
		other.closeAllConnections();
		other.close();
		await scene.dispose();
	});

	it('are all there, and have been used', async () => {
		for (const [name, value] of Object.entries(canaries)) expect(value, name).to.have.length.greaterThan(20);
		expect((await scene.client.listRequests()).map(({ path }) => path)).to.include('/api/v3/delta');
	});

	it('stay hidden when a faulty cloud echoes them', async () => {
		const { client, device } = scene;
		const said = Object.values(canaries).join(' ');
		const { port } = other.address() as AddressInfo;
		const faults = [
			{ status: 401, body: said },
			{ drop: 'before' },
			{ body: `{"oops": "${said}` },
			{
				status: 200,
				body: { [await device.uuid()]: { name: 'd', config: { A: { key: said } }, apps: { [said]: said } } },
			},
			{ status: 302, body: said, headers: { Location: `http://127.0.0.1:${port}/?apikey=${canaries['device key']}` } },
			{ status: 302, body: said, headers: { Location: `http://${canaries['device key']}.invalid/` } },
			{ status: 500, body: said, headers: { 'X-Key': said } },
		] as const;
		for (const fault of faults) {
			const id = await client.createFault({
				match: TARGET,
				...fault,
				headers: { ETag: 'W/"f"', ...('headers' in fault && fault.headers) },
			});
			const polls = (await client.listRequests()).length;
			await call('POST', '/v1/update', { key: await device.apiKey(), body: { force: true } });
			await device.waitFor('it has asked', async () => (await client.listRequests()).length > polls);
			await client.deleteFault(id.id);
		}
		await client.createFault({ times: 2, match: { method: 'PATCH' }, status: 400, body: said });
		await device.waitForLog('target refused');
		expect(elsewhere).not.to.have.lengthOf(0);
		expect(elsewhere.filter(({ authorization }) => authorization !== undefined)).to.deep.equal([]);
	});

	it('stay hidden in calls of the API, good and bad', async () => {
		const secret = canaries['API secret'] ?? '';
		for (const [name, key] of Object.entries(canaries)) {
			for (const path of ['/v1/device', '/v2/state/status', '/nowhere', '/v2/applications/1/restart-service']) {
				await call(path.includes('restart') ? 'POST' : 'GET', `${path}?apikey=${key}`);
			}
			await call('POST', '/v2/applications/1/restart-service', { key: secret, body: `{"apikey":"${key}", ${key}` });
			await call('PATCH', '/v2/device/tags', { key: secret, body: { 'a b': name } });
			await call('PATCH', '/v1/device/host-config', { key: secret, body: { network: { proxy: { type: key } } } });
			// In a path it is hidden if the device knows that it is a key; the password of a proxy is only a text of a file.
			if (key !== PROXY_PASSWORD) await call('GET', `/v1/device/${key}`, { key: secret });
			await call('GET', '/v1/device', { headers: { authorization: `Basic ${key}` } });
		}
		for (const path of ['/v1/device', '/v2/state/status', '/v2/applications/state', '/v2/device/name', '/v2/version']) {
			await call('GET', path, { key: secret });
		}
		await call('PATCH', '/v1/device/host-config', {
			key: secret,
			body: {
				network: { proxy: { type: 'socks5', ip: '10.9.9.9', port: 1080, login: 'u', password: PROXY_PASSWORD } },
			},
		});
		const { device, client } = scene;
		const uuid = await device.uuid();
		await device.waitFor('the user can read that a target was refused', async () =>
			(await client.listLogs(uuid)).some(({ message }) => message.startsWith('Could not move to new release')),
		);
	});

	it('are in no line of the log, for the maker or the user', async () => {
		const lines = scene.device.log().split('\n');
		const user = await scene.client.listLogs(await scene.device.uuid());
		expect(leaksOf(lines)).to.deep.equal([]);
		expect(leaksOf(user.map(({ message }) => message))).to.deep.equal([]);
		expect(lines.length).to.be.greaterThan(50);
		expect(user).not.to.have.lengthOf(0);
	});

	it('are in no report, except the secret of the API under its name', async () => {
		const reports = await scene.client.listReports(await scene.device.uuid());
		const bodies = reports.map(({ body }) =>
			JSON.stringify(body, (name, value: unknown) => (name === 'api_secret' ? 'hidden' : value)),
		);
		expect(leaksOf(bodies)).to.deep.equal([]);
		expect(JSON.stringify(reports)).to.include(canaries['API secret']);
	});

	it('are in no answer of the API', () => {
		const bad = answers.filter(({ text }) => leaksOf([text]).length > 0);
		expect(bad).to.deep.equal([]);
	});

	it('are in the arguments of no process', () => {
		expect(leaksOf([...arguments_])).to.deep.equal([]);
		expect([...arguments_].some((line) => line.includes('app/app.js'))).to.equal(true);
	});

	/** `what it is: where`, in any form that is easily read. */
	function leaksOf(texts: readonly string[]): readonly string[] {
		return Object.entries(canaries).flatMap(([name, key]) =>
			[key, encodeURIComponent(key), Buffer.from(key).toString('base64').slice(0, -4)].flatMap((form) =>
				texts.filter((text) => text.includes(form)).map((text) => `${name}: ${text.slice(0, 300)}`),
			),
		);
	}
});

async function serviceKey({ engine }: Scene): Promise<string> {
	const { web } = await containersByService(engine);
	const line = web?.Config.Env.find((text) => text.startsWith('BALENA_SUPERVISOR_API_KEY='));
	return line?.split('=')[1] ?? '';
}

/** Of all processes but this one and those it is in. */
function readArguments(): readonly string[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.flatMap((pid) => {
			try {
				return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
			} catch {
				return []; // it has ended
			}
		});
}
