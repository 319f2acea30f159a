import { expect } from 'chai';
import {
	compareService,
	composeApp,
	networkBody,
	readContainer,
} from '../../../../src/application-manager/compose/index.ts';
import { vectorContext } from '../../../vectors/vector-app.ts';
import { bodyOf, composeOne, inspectionOf, noticesOf, specOf } from './compose-one.ts';

type Composition = Readonly<Record<string, unknown>>;

const body = (composition: Composition) => bodyOf(specOf({ composition })).body;
const linesFor = (composition: Composition, labels: Readonly<Record<string, string>> = {}) =>
	noticesOf({ composition, labels }).map(
		({ path, message }) => `${path.replace('apps.abc1.services.s.', '')}: ${message}`,
	);
/** What differs from the target in a container that was made of another composition, of the same release or another. */
function differences(made: Composition, target: Composition, commit?: string): readonly string[] {
	const view = readContainer(inspectionOf(specOf({ composition: made, ...(commit !== undefined && { commit }) })));
	expect(view.ok).to.equal(true);
	return view.ok
		? compareService(view.value, specOf({ composition: target }), new Map()).map(({ field }) => field)
		: [];
}
function expectEqualOfV19(made: Composition, target: Composition, field: string): void {
	expect(differences(target, target), 'made of the same').to.deep.equal([]);
	expect(differences(made, target), 'made by v19 of the same release').to.deep.equal([]);
	expect(differences(made, target, 'earlier'), 'made of another release').to.deep.equal([field]);
}
function notesOfApp(release: { readonly volumes?: Composition; readonly networks?: Composition }) {
	const app = {
		...{ appId: 1, appUuid: 'abc1', appName: 'fleet', class: 'fleet' as const, isHost: false, rejected: false },
		release: { releaseId: 7, commit: 'c', services: {}, networks: {}, volumes: {}, ...release },
	};
	const { composed, notices } = composeApp(app, vectorContext, new Map());
	const spec = composed.state === 'ready' ? composed.spec : undefined;
	return { spec, notes: notices.map(({ path, message }) => `${path.replace('apps.abc1.', '')}: ${message}`) };
}

describe('compose: nothing is dropped silently (decision D25)', () => {
	it('case 19: an IPv6 address of extra_hosts may stand in brackets', () => {
		const hosts = (extra: unknown) => body({ extra_hosts: extra }).HostConfig['ExtraHosts'];
		expect(hosts(['b6=[::1]', 'c6:[fe80::1]', 'd=::2', 'v6:::1', 'e:1.2.3.4'])).to.deep.equal([
			...['b6:::1', 'c6:fe80::1', 'd:::2', 'v6:::1', 'e:1.2.3.4'],
		]);
		expect(hosts({ a: '[::1]', b: ['[::2]', '1.2.3.4'] })).to.deep.equal(['a:::1', 'b:::2', 'b:1.2.3.4']);
	});

	it('case 21: a host address of a port may stand in brackets', () => {
		const bindings = (...ports: unknown[]) => body({ ports }).HostConfig.PortBindings;
		const v6 = { '80/tcp': [{ HostIp: '::1', HostPort: '8080' }] };
		expect(bindings('[::1]:8080:80')).to.deep.equal(v6);
		expect(bindings('::1:8080:80')).to.deep.equal(v6);
		expect(bindings({ target: 80, published: 8080, host_ip: '::1' })).to.deep.equal(v6);
	});

	it('takes sctp, and protocols in capitals', () => {
		expect(Object.keys(body({ ports: ['80:80/sctp', '81:81/TCP'] }).HostConfig.PortBindings)).to.deep.equal([
			'80/sctp',
			'81/tcp',
		]);
	});

	it('leaves the host port to the engine where compose does: none given, or a range for one port', () => {
		const composition = { ports: ['127.0.0.1::80', '8000-8010:81', ':82-83', { target: 84, published: '9000-9001' }] };
		expect(body(composition).HostConfig.PortBindings).to.deep.equal({
			'80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }],
			'81/tcp': [{ HostIp: '', HostPort: '8000-8010' }],
			'82/tcp': [{ HostIp: '', HostPort: '' }],
			'83/tcp': [{ HostIp: '', HostPort: '' }],
			'84/tcp': [{ HostIp: '', HostPort: '9000-9001' }],
		});
		expect(differences(composition, composition)).to.deep.equal([]);
		expect(differences({ ports: ['8000-8011:81'] }, { ports: ['8000-8010:81'] })).to.deep.equal(['portMaps']);
		for (const port of ['8010-8000:81', '-8000:81', '80:', '80-85:80-81']) {
			expect(composeOne({ composition: { ports: [port] } }).ok, port).to.equal(false);
		}
	});

	it('case 23: on-failure keeps its count', () => {
		const policy = (restart: string) => body({ restart }).HostConfig.RestartPolicy;
		expect(policy('on-failure:5')).to.deep.equal({ Name: 'on-failure', MaximumRetryCount: 5 });
		expect(policy('on-failure:0')).to.deep.equal({ Name: 'on-failure', MaximumRetryCount: 0 });
		expect(policy('On-Failure')).to.deep.equal({ Name: 'on-failure', MaximumRetryCount: 0 });
		expect(linesFor({ restart: 'on-failure:5' })).to.deep.equal([]);
		expectEqualOfV19({ restart: 'always' }, { restart: 'on-failure:5' }, 'restart');
		expect(differences({ restart: 'on-failure:4' }, { restart: 'on-failure:5' })).to.deep.equal(['restart']);
	});

	it('gives a notice for words that a known key does not have', () => {
		for (const word of ['sometimes', 'on-failure:x', 'on-failure:', 'always:3', 'on-failure:99999999999']) {
			expect(body({ restart: word }).HostConfig.RestartPolicy, word).to.include({ Name: 'always' });
			expect(linesFor({ restart: word }), word).to.deep.equal([
				`restart: Ignoring "${word}", which is no restart policy: the service is restarted always`,
			]);
		}
		expect(linesFor({ tty: 'false' })).to.deep.equal([
			'tty: The text "false" counts as true: write false without quotes',
		]);
		expect(linesFor({ tty: false, init: 'true' })).to.deep.equal([]);
		expect(
			linesFor(
				{ labels: { 'io.balena.update.strategy': 'handover', 'io.balena.features.dbus': 'yes', mine: 'x' } },
				{
					'io.resin.features.usb': '1',
					'io.balena.update.handover-timeout': '5m',
					'io.balena.update.requires-reboot': 'please',
					'io.balena.features.sysfs': 'on',
					'io.balena.features.optional': '1',
				},
			),
		).to.deep.equal([
			'labels.io.balena.update.strategy: Ignoring "handover", which is no update strategy: it is download-then-kill',
			'labels.io.balena.features.dbus: Ignoring "yes", which is not true or false: the feature is off',
			'labels.io.balena.features.usb: Ignoring "1": there is no such feature',
			'labels.io.balena.update.handover-timeout: Ignoring "5m", which is no number of milliseconds above zero',
			'labels.io.balena.update.requires-reboot: Ignoring "please", which is not true or false: the label is taken as false',
		]);
	});

	it('case 25: an app gets its own volumes and networks, with a notice', () => {
		const { spec, notes } = notesOfApp({
			volumes: { v: { external: true, name: 'shared_data' }, w: { external: false, 'x-mine': 1, size: '1g' } },
			networks: {
				n: { external: { name: 'lan' }, name: 'lan' },
				m: {
					attachable: true,
					enable_ipv4: true,
					ipam: { driver: 'default', scope: 1, config: [{ subnet: '10.9.0.0/24', gateway: '10.9.0.1', via: 1 }] },
				},
				o: { enable_ipv4: false, scope: 'swarm' },
			},
		});
		const keys =
			'driver, driver_opts, ipam, enable_ipv4, enable_ipv6, internal, attachable, labels, config_only, name, external';
		expect(notes).to.deep.equal([
			'volumes.v.name: Ignoring name: the volume is one of this app, called after its key',
			'volumes.v.external: Ignoring external: the app gets a volume of its own',
			'volumes.w.size: Ignoring size: a volume has driver, driver_opts and labels',
			'networks.n.name: Ignoring name: the network is one of this app, called after its key',
			'networks.n.external: Ignoring external: the app gets a network of its own',
			'networks.m.ipam.scope: Ignoring scope: ipam has driver, config and options',
			'networks.m.ipam.config[0].via: Ignoring via: an entry has subnet, gateway, ip_range, aux_addresses',
			`networks.o.scope: Ignoring scope: a network has ${keys}`,
			'networks.o.enable_ipv4: Ignoring enable_ipv4: it needs a newer engine (API 1.48)',
		]);
		expect(spec?.volumes.map(({ engineName }) => engineName)).to.deep.equal(['1_v', '1_w']);
		const network = spec?.networks.find(({ networkName }) => networkName === 'm');
		expect(network && networkBody(network)).to.include({ Name: 'abc1_m', Attachable: true });
	});

	it('case 27: gives a notice for options of a mount that are left out', () => {
		const volumes = [
			{ type: 'volume', source: 'v', target: '/v', volume: { subpath: 's', 'x-mine': 1 } },
			{ type: 'tmpfs', target: '/t', tmpfs: { size: 1000, mode: 1777 }, consistency: 'cached' },
			{ type: 'volume', source: 'w', target: '/w', read_only: true, volume: { nocopy: true }, tmpfs: { size: 1 } },
		];
		expect(linesFor({ volumes })).to.deep.equal([
			'volumes[0].volume.subpath: Ignoring subpath: it needs a newer engine (API 1.45); the whole volume is mounted',
			'volumes[1].consistency: Ignoring consistency: a volume has type, source, target, read_only, volume, bind, tmpfs',
			'volumes[1].tmpfs.mode: Ignoring mode: the short form says it: "tmpfs: /path:mode=1777"',
			'volumes[2].tmpfs.size: Ignoring size: the volume is of type volume',
		]);
	});

	it('case 28: the size of a tmpfs may be a text; one that cannot be read limits nothing', () => {
		const mounts = (size: unknown) => ({ volumes: [{ type: 'tmpfs', target: '/t', tmpfs: { size } }] });
		expect(body(mounts('64m')).HostConfig['Mounts']).to.deep.equal([
			{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 64 * 1024 * 1024 } },
		]);
		expect(linesFor(mounts('64m'))).to.deep.equal([]);
		expect(body(mounts('much')).HostConfig['Mounts']).to.deep.equal([{ Type: 'tmpfs', Target: '/t' }]);
		expect(linesFor(mounts('much'))).to.deep.equal([
			'volumes[0].tmpfs.size: Ignoring a size that is not <number>[b|k|m|g]',
		]);
		expectEqualOfV19({}, mounts('64m'), 'volumes');
	});

	it('case 30: a time without a unit gives a notice and is left out; what version 19 made of it stays', () => {
		const healthcheck = { test: ['CMD', 'true'], interval: 10, timeout: 5, retries: 2, start_period: '1s' };
		expect(linesFor({ healthcheck, stop_grace_period: 20 })).to.deep.equal([
			'healthcheck.interval: Ignoring 10, a time without a unit: write "10s" for seconds',
			'healthcheck.timeout: Ignoring 5, a time without a unit: write "5s" for seconds',
			'stop_grace_period: Ignoring 20, a time without a unit: write "20s" for seconds',
		]);
		const { Healthcheck, StopTimeout } = body({ healthcheck, stop_grace_period: 20 });
		expect(Healthcheck).to.deep.equal({ Test: ['CMD', 'true'], Retries: 2, StartPeriod: 1e9 });
		expect(StopTimeout).to.equal(10);
		const asV19 = { ...healthcheck, interval: '10ms', timeout: '5ms' };
		expectEqualOfV19({ healthcheck: asV19 }, { healthcheck }, 'healthcheck');
		expectEqualOfV19({ stop_grace_period: '0s' }, { stop_grace_period: 20 }, 'stopGracePeriod');
		expect(
			linesFor({ stop_grace_period: 0, healthcheck: { ...healthcheck, interval: 0, timeout: '1s' } }),
		).to.deep.equal([]);
	});

	it('a device may be followed by what it permits', () => {
		const devices = (...list: unknown[]) => body({ devices: list }).HostConfig['Devices'];
		const entry = { PathOnHost: '/dev/x', PathInContainer: '/dev/x', CgroupPermissions: 'r' };
		expect(devices('/dev/x:r')).to.deep.equal([entry]);
		expect(devices('/dev/x:/dev/y:rw')).to.deep.equal([
			{ ...entry, PathInContainer: '/dev/y', CgroupPermissions: 'rw' },
		]);
		expectEqualOfV19({ devices: ['/dev/a', '/dev/x:r:rwm'] }, { devices: ['/dev/a', '/dev/x:r'] }, 'devices');
		expect(linesFor({ devices: [{ source: '/dev/x', target: '/dev/x', mode: 'r' }] })).to.deep.equal([
			'devices[0].mode: Ignoring mode: a device has source, target and permissions',
		]);
	});

	it('gives a notice for keys that parts of a service do not have', () => {
		expect(
			linesFor({
				ports: [{ target: 80, published: 80, mode: 'host', 'x-mine': 1 }],
				ulimits: { nofile: { soft: 1, hard: 2, max: 3 } },
				gpus: [{ count: 1, model: 'x' }],
				blkio_config: { device_read_bps: [{ path: '/dev/sda', rate: '1mb', burst: 2 }] },
				healthcheck: { test: 'true', disable: 'yes' },
				depends_on: { b: { condition: 'service_started', wait: true, required: 'false' } },
			}),
		).to.deep.equal([
			'ports[0].mode: Ignoring mode: a port has target, published, host_ip and protocol',
			'ulimits.nofile.max: Ignoring max: a limit has soft and hard',
			'gpus[0].model: Ignoring model: a request for devices has driver, count, device_ids, capabilities, options',
			'blkio_config.device_read_bps[0].burst: Ignoring burst: an entry has path and rate',
			'healthcheck.disable: Ignoring "yes", which is not true or false: the health check stays',
			'depends_on.b.wait: Ignoring wait: a dependency has a condition and required',
			'depends_on.b.required: Ignoring "false": the service is required',
		]);
	});
});
