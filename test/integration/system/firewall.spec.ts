import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { RawDatabase } from '../../unit/adapters/sqlite/raw-database.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { containersByService } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const API_INTERFACES = ['resin-vpn', 'tun0', 'docker0', 'lo', 'supervisor0'];
const OVERRIDE = 48_480;

/** Everything here happens in the network of the private engine. */
describe('the firewall of a device', function () {
	this.timeout(90_000);
	let scene: Scene;
	let port: number;

	before(async () => {
		scene = await setScene({ environment: { KEEP_FIREWALL: '0' } });
		port = Number(new URL(scene.device.url).port);
	});
	after(async () => {
		// The network is the one of all tests here.
		const cleanUp = new CleanUp();
		for (const program of ['iptables', 'ip6tables']) {
			cleanUp.add(() => execFileSync(program, ['-F', 'BALENA-SUPERVISOR']));
			cleanUp.add(() => execFileSync(program, ['-F', 'BALENA-FIREWALL']));
			cleanUp.add(() => execFileSync(program, ['-D', 'INPUT', '-j', 'BALENA-FIREWALL']));
		}
		cleanUp.add(() => scene.dispose());
		await cleanUp.run();
	});

	function rules(program: 'iptables' | 'ip6tables', chain: string): readonly string[] {
		const saved = execFileSync(`${program}-save`, ['-t', 'filter'], { encoding: 'utf8' }).split('\n');
		return saved
			.filter((line) => line.startsWith(`-A ${chain} `))
			.map((line) => line.slice(`-A ${chain} `.length).replace(/ -m (tcp|udp)\b| --reject-with \S+/g, ''));
	}

	const isOpen = () => rules('iptables', 'BALENA-FIREWALL').includes('-j RETURN');
	const expectAbout = (wanted: number, expected: readonly string[]) => {
		for (const program of ['iptables', 'ip6tables'] as const) {
			const about = rules(program, 'BALENA-FIREWALL').filter((rule) => rule.includes(`--dport ${wanted} `));
			expect(about).to.deep.equal(expected);
		}
	};

	it('device-api #80: stands before the API answers', async () => {
		const { device, images } = scene;
		await device.start();
		const log = device.log();
		expect(log.indexOf('Firewall mode applied')).to.be.within(0, log.indexOf('Supervisor API successfully started'));
		for (const program of ['iptables', 'ip6tables'] as const) {
			expect(rules(program, 'INPUT')[0]).to.equal('-j BALENA-FIREWALL');
			expect(rules(program, 'BALENA-FIREWALL').slice(-2)).to.deep.equal(['-j RETURN', '-j REJECT']);
		}
		expectAbout(port, [
			...API_INTERFACES.map((name) => `-i ${name} -p tcp --dport ${port} -j ACCEPT`),
			`-p tcp --dport ${port} -j REJECT`,
		]);
		expect(rules('iptables', 'DOCKER-USER')[0]).to.equal('-j BALENA-SUPERVISOR');
		await scene.apply({ web: images[0] });
	});

	it('device-api #81: follows the mode of the cloud, and is off with an unknown one', async () => {
		const { device, client } = scene;
		const uuid = await device.uuid();
		const setMode = async (mode: string) => {
			await client.updateDevice(uuid, { config: { BALENA_HOST_FIREWALL_MODE: mode } });
			await device.update();
		};
		expect(isOpen()).to.equal(true);
		await setMode('on');
		await device.waitFor('it lets nothing else in', () => !isOpen());
		await setMode('bogus');
		await device.waitFor('it lets others in', isOpen);
		await device.waitForLog('Invalid firewall mode: bogus. Reverting to state: off');
	});

	it('host #35: with auto it follows a service in the network of the host', async () => {
		const { device, client, images } = scene;
		await client.updateDevice(await device.uuid(), { config: { BALENA_HOST_FIREWALL_MODE: 'auto' } });
		await scene.apply({ web: images[0] }, { compositions: { web: { network_mode: 'host' } } });
		await device.waitFor('it lets nothing else in', () => !isOpen());
		await scene.apply({ web: images[0] });
		await device.waitFor('it lets others in', isOpen);
	});

	it('device-api #82, config #32: with the port of an override it listens on the bridge alone', async () => {
		const { device, engine, images } = scene;
		const labels = { 'io.balena.features.supervisor-api': '1' };
		await scene.apply({ web: images[0] }, { compositions: { web: { labels } } });
		await device.kill('SIGTERM');
		const insert = `insert into config (key, value) values ('listenPortOverride', '${OVERRIDE}')`;
		await new RawDatabase(device.databasePath).exec(insert);
		device.launch();
		await device.waitForLog(`Supervisor API successfully started on port ${OVERRIDE}`);

		const sockets = execFileSync('ss', ['-ltnpH'], { encoding: 'utf8' }).split('\n');
		const own = sockets.filter((line) => line.includes(`pid=${device.pid ?? 0},`)).map((line) => line.split(/\s+/)[3]);
		expect(own).to.deep.equal([`10.114.104.1:${OVERRIDE}`]);
		expectAbout(port, []);
		expectAbout(OVERRIDE, [
			`-i supervisor0 -p tcp --dport ${OVERRIDE} -j ACCEPT`,
			`-p tcp --dport ${OVERRIDE} -j REJECT`,
		]);
		expect(rules('iptables', 'BALENA-SUPERVISOR')).to.deep.equal([
			`-i resin-vpn -p tcp --dport ${port} -j ACCEPT`,
			`-p tcp --dport ${port} -j REJECT`,
		]);
		expect((await containersByService(engine))['web']?.Config.Env).to.include(
			`BALENA_SUPERVISOR_ADDRESS=http://10.114.104.1:${port}`,
		);
		expect((await device.view())?.state['api_port']).to.equal(port);
	});

	it('host #37: works without iptables', async () => {
		const { device } = scene;
		await device.kill('SIGTERM');
		await new RawDatabase(device.databasePath).exec("delete from config where key = 'listenPortOverride'");
		await device.start({ PATH: '/nowhere' });
		expect(device.logSinceStart()).to.contain('Firewall mode not applied due to error');
		expect(device.logSinceStart()).to.contain('there is no iptables');
	});
});
