import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { setScene, type Scene } from './scene.ts';

const run = promisify(execFile);
/** Unassigned addresses: packets to them are counted and dropped. */
const FAR = 'http://203.0.113.1';
const WATCH_MS = 30_000;

/**
 * A network of its own, of which one end is open, so that everything has a way out; and a count of what sets out, the API
 * left out. Becomes the program behind it.
 */
const within = (apiPort: number) => [
	...['unshare', '--net', 'sh', '-c'],
	[
		'set -e',
		'ip link set lo up',
		'ip link add out type veth peer name end',
		'ip addr add 203.0.113.2/24 dev out',
		'ip link set out up',
		'ip link set end up',
		'ip route add default via 203.0.113.3',
		`iptables -A OUTPUT -p tcp --syn -d 127.0.0.1 --dport ${apiPort} -j ACCEPT`,
		'iptables -A OUTPUT -p tcp --syn',
		'iptables -A OUTPUT -p udp',
		'exec "$@"',
	].join('\n'),
	'sh',
];

describe('a device that is watched from outside', function () {
	this.timeout(90_000);
	let scene: Scene;

	afterEach(() => scene.dispose());

	const inside = (...command: readonly string[]) =>
		run('nsenter', ['--target', String(scene.device.pid), '--net', ...command]);

	async function get(path: string): Promise<string> {
		const { stdout } = await inside('curl', '--silent', '--write-out', ' %{http_code}', `${scene.device.url}${path}`);
		return stdout;
	}

	/** Connections begun and packets sent without one. */
	async function count(): Promise<readonly number[]> {
		const { stdout } = await inside('iptables', '-nvxL', 'OUTPUT');
		const rules = stdout.split('\n').filter((line) => /^\s+\d/.test(line) && !line.includes('ACCEPT'));
		return rules.map((line) => Number(line.trim().split(/\s+/)[0]));
	}

	async function launch(apiEndpoint: string): Promise<void> {
		scene = await setScene({ config: { apiEndpoint } });
		const { device } = scene;
		device.launch({}, within(Number(new URL(device.url).port)));
		await device.waitForLog('Supervisor API successfully started');
	}

	it('cloud-api #57: opens no connection while it has no cloud, and answers without a key', async () => {
		await launch('');
		expect(await get('/v1/healthy')).to.equal('OK 200');
		expect(await get('/v2/state/status')).to.match(/"status":"success".* 200$/);
		await sleep(WATCH_MS);
		expect(await count()).to.deep.equal([0, 0]);
		expect(await get('/v1/healthy')).to.equal('OK 200');
		expect(scene.device.logSinceStart()).to.not.match(/connectivity/i);
	});

	it('is seen to connect when it has one', async () => {
		await launch(FAR);
		await scene.device.waitFor('it tries', async () => ((await count())[0] ?? 0) >= 2);
		await scene.device.waitForLog('Waiting for connectivity...');
		expect(await get('/v1/healthy'), 'health is its own').to.equal('OK 200');
	});
});
