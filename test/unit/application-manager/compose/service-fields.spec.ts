import { expect } from 'chai';
import { bodyOf, composeOne, inspectionOf, noticesOf, specOf, type OneService } from './compose-one.ts';
import { compareService, readContainer } from '../../../../src/application-manager/compose/index.ts';
import type { ContainerView, ServiceSpec } from '../../../../src/domain/service.ts';
import type { ContainerInspection } from '../../../../src/ports/engine.ts';

const LOCKS = ['/tmp/balena-supervisor/services/1/s:/tmp/resin', '/tmp/balena-supervisor/services/1/s:/tmp/balena'];

function compose(composition: Record<string, unknown>): OneService {
	return { composition };
}
function body(one: OneService) {
	return bodyOf(specOf(one)).body;
}
function read(inspection: ContainerInspection): ContainerView {
	const view = readContainer(inspection);
	if (!view.ok) {
		throw new Error(JSON.stringify(view.issues));
	}
	return view.value;
}
function differences(inspection: ContainerInspection, spec: ServiceSpec, ids: Record<string, string> = {}) {
	return compareService(read(inspection), spec, new Map(Object.entries(ids))).map(({ field }) => field);
}
function issuesOf(composition: Record<string, unknown>) {
	const composed = composeOne({ composition });
	return composed.ok ? [] : composed.issues;
}

describe('compose: fields of a service', () => {
	it('compose #1: a minimal service takes the command of its image and our defaults', () => {
		const { name, body } = bodyOf(specOf({ image: { Cmd: ['a'] } }));
		expect(name).to.equal('s_6_7_c');
		expect(body).to.deep.include({ Cmd: ['a'], Entrypoint: [], Tty: true, StopTimeout: 10 });
		expect(body.HostConfig).to.deep.include({ IpcMode: 'shareable', ShmSize: 67108864 });
		expect(body.HostConfig.RestartPolicy.Name).to.equal('always');
	});
	for (const key of ['mem_limit', 'memLimit', 'mem-limit']) {
		it(`compose #2: ${key} is the memory limit`, () => {
			expect(body(compose({ [key]: '64kb' })).HostConfig.Memory).to.equal(65536);
		});
	}
	it('compose #3: a fraction is no memory limit', () => {
		expect(body(compose({ mem_limit: '1.5g' })).HostConfig.Memory).to.equal(0);
	});
	it('compose #4: a bad shm_size falls back', () => {
		expect(body(compose({ shm_size: 'lots' })).HostConfig.ShmSize).to.equal(67108864);
	});
	it('compose #5: a grace period in minutes and seconds', () => {
		expect(body(compose({ stop_grace_period: '1m30s' })).StopTimeout).to.equal(90);
		expect(body(compose({ stop_grace_period: '1.5s' })).StopTimeout).to.equal(1);
	});
	it('compose #6: a bare number in a text is no duration', () => {
		const [issue] = issuesOf({ stop_grace_period: '90' });
		expect(issue?.path).to.equal('apps.abc1.services.s.stop_grace_period');
		expect(issue?.message).to.equal('expected a duration such as 1m30s, came "90"');
	});
	it('compose #7: restart policies, counts kept (decision D25)', () => {
		const policy = (restart: unknown) => body(compose({ restart })).HostConfig.RestartPolicy.Name;
		expect([policy('On-Failure'), policy('on-failure:3'), policy('no')]).to.deep.equal([
			'on-failure',
			'on-failure',
			'no',
		]);
	});
	it('compose #8: a terminal unless it is turned off', () => {
		expect([body(compose({ tty: false })).Tty, body({}).Tty]).to.deep.equal([false, true]);
	});
	it('compose #9: ulimits as one number and as two', () => {
		expect(body(compose({ ulimits: { core: -1, nofile: { soft: 1, hard: 2 } } })).HostConfig.Ulimits).to.deep.equal([
			{ Name: 'core', Soft: -1, Hard: -1 },
			{ Name: 'nofile', Soft: 1, Hard: 2 },
		]);
	});
	it('compose #10: devices', () => {
		const { Devices } = body(compose({ devices: ['/dev/a', '/dev/b:/dev/c', '/dev/d:/dev/e:r'] })).HostConfig;
		expect(Devices).to.deep.equal([
			{ PathOnHost: '/dev/a', PathInContainer: '/dev/a', CgroupPermissions: 'rwm' },
			{ PathOnHost: '/dev/b', PathInContainer: '/dev/c', CgroupPermissions: 'rwm' },
			{ PathOnHost: '/dev/d', PathInContainer: '/dev/e', CgroupPermissions: 'r' },
		]);
	});
	it('compose #11: neighbouring ports are one range', () => {
		const { portMaps } = specOf(compose({ ports: ['80:80', '81:81', '82:82'] })).config;
		expect(portMaps).to.have.length(1);
		expect(portMaps[0]).to.include({ internalStart: 80, internalEnd: 82, externalEnd: 82 });
	});
	it('compose #12: a range after its neighbour keeps all its ports', () => {
		const bindings = body(compose({ ports: ['80:80', '81-83:81-83'] })).HostConfig.PortBindings;
		expect(Object.keys(bindings)).to.deep.equal(['80/tcp', '81/tcp', '82/tcp', '83/tcp']);
	});
	it('takes ports that are given twice, or as ranges that overlap, once', () => {
		for (const ports of [
			['81-83:81-83', '81-83:81-83'],
			['81-83:81-83', '82:82'],
			['81-82:81-82', '82-83:82-83'],
		]) {
			const { portMaps } = specOf(compose({ ports })).config;
			expect(portMaps.map(({ internalStart, externalEnd }) => [internalStart, externalEnd])).to.deep.equal([[81, 83]]);
		}
	});

	it('compose #13: two host ports for one port compare equal', () => {
		const spec = specOf(compose({ ports: ['200:100', '201:100'] }));
		expect(differences(inspectionOf(spec), spec)).to.deep.equal([]);
	});
	it('compose #14: ranges of different length are refused, but for one port inside (decision D25)', () => {
		expect(issuesOf({ ports: ['80', 'x', '80-85:80-81'] }).map(({ path, message }) => [path, message])).to.deep.equal([
			['apps.abc1.services.s.ports[1]', 'Could not parse port definition: x'],
			['apps.abc1.services.s.ports[2]', 'Range for internal and external ports does not match: 80-85:80-81'],
		]);
		for (const port of ['80/quic', '[::1:80:81', '80:', ' 80', '127.0.0.1:80', {}, '80000']) {
			expect(issuesOf({ ports: [port] }), JSON.stringify(port)).to.have.length(1);
		}
	});
	it('compose #15: a port may be a number or the long form', () => {
		expect(body(compose({ ports: [8080] })).HostConfig.PortBindings).to.deep.equal({
			'8080/tcp': [{ HostIp: '', HostPort: '8080' }],
		});
		const long = { target: 80, published: '8080', host_ip: '127.0.0.1', protocol: 'udp' };
		expect(body(compose({ ports: [long] })).HostConfig.PortBindings).to.deep.equal({
			'80/udp': [{ HostIp: '127.0.0.1', HostPort: '8080' }],
		});
	});
	it('compose #16: exposed ports do not count', () => {
		const one = { composition: { ports: ['80'], expose: [1000] }, image: { ExposedPorts: { '53/tcp': {} } } };
		expect(body(one).ExposedPorts).to.deep.equal({ '80/tcp': {} });
		expect(noticesOf(one)).to.deep.equal([
			{
				path: 'apps.abc1.services.s.expose',
				message: 'Ignoring expose: on the networks of an app all ports can be reached',
			},
		]);
	});
	it('compose #17: bind mounts are ignored with a notice each', () => {
		const one = compose({ volumes: ['/host:/x', { type: 'bind', source: '/a', target: '/b' }] });
		expect(body(one).HostConfig.Binds).to.deep.equal(LOCKS);
		expect(noticesOf(one).map(({ path, message }) => `${path}: ${message}`)).to.deep.equal([
			'apps.abc1.services.s.volumes[0]: Ignoring invalid bind mount /host:/x',
			'apps.abc1.services.s.volumes[1]: Ignoring invalid bind mount {"type":"bind","source":"/a","target":"/b"}',
		]);
	});
	it('compose #18: volumes of all kinds', () => {
		const spec = specOf(
			compose({
				volumes: [
					'v1 : /a',
					'v2:/b:ro',
					'/anon',
					{ type: 'volume', source: 'w', target: '/w', read_only: true },
					{ type: 'tmpfs', target: '/t' },
				],
			}),
		);
		const { body } = bodyOf(spec);
		expect(body.HostConfig.Binds).to.deep.equal(['1_v1:/a', '1_v2:/b:ro', ...LOCKS]);
		expect(body.Volumes).to.deep.equal({ '/anon': {} });
		expect(body.HostConfig.Mounts).to.deep.equal([
			{ Type: 'volume', Source: '1_w', Target: '/w', ReadOnly: true },
			{ Type: 'tmpfs', Target: '/t' },
		]);
		expect(spec.volumes).to.deep.equal(['1_v1', '1_v2', '1_w']);
	});
	it('compose #19: a volume at the path of one of the image', () => {
		const image = { Volumes: { '/data': {} } };
		const spec = specOf({ composition: { volumes: ['v:/data'] }, image });
		expect(bodyOf(spec).body.Volumes).to.deep.equal({ '/data': {} });
		expect(bodyOf(spec).body.HostConfig.Binds).to.include('1_v:/data');
		expect(differences(inspectionOf(spec, image), spec)).to.deep.equal([]);
	});
	it('compose #20: both forms of tmpfs', () => {
		const { HostConfig } = body(compose({ tmpfs: '/run', volumes: [{ type: 'tmpfs', target: '/t' }] }));
		expect(HostConfig.Tmpfs).to.deep.equal({ '/run': '' });
		expect(HostConfig.Mounts).to.deep.equal([{ Type: 'tmpfs', Target: '/t' }]);
	});
	it('compose #30: the order of dns counts, that of capabilities does not', () => {
		const made = specOf(compose({ dns: ['1.1.1.1', '8.8.8.8'], cap_add: ['A', 'B'] }));
		const wanted = specOf(compose({ dns: ['8.8.8.8', '1.1.1.1'], cap_add: ['B', 'A'] }));
		expect(differences(inspectionOf(made), wanted)).to.deep.equal(['dns']);
	});
	it('compose #31: a change of cpus alone is no difference', () => {
		expect(differences(inspectionOf(specOf(compose({ cpus: 1 }))), specOf(compose({ cpus: 2 })))).to.deep.equal([]);
	});
	it('compose #32: a change of the release alone is no difference', () => {
		expect(differences(inspectionOf(specOf({ commit: 'c' })), specOf({ commit: 'c2' }))).to.deep.equal([]);
	});
	it('compose #43: SELinux labels are neither sent nor compared', () => {
		const spec = specOf(compose({ security_opt: ['label=disable', 'seccomp=unconfined'] }));
		const live = inspectionOf(spec);
		expect(live.HostConfig.SecurityOpt).to.deep.equal(['seccomp=unconfined']);
		live.HostConfig.SecurityOpt.push('label=disable');
		expect(differences(live, spec)).to.deep.equal([]);
	});
	it('compose #44: a healthcheck without a test keeps that of the image', () => {
		const image = { Healthcheck: { Test: ['CMD', 'a'], Interval: 30e9 } };
		const spec = specOf({ composition: { healthcheck: { interval: '5s' } }, image });
		expect(spec.config.healthcheck).to.deep.equal({ test: ['CMD', 'a'], interval: 5e9 });
		expect(differences(inspectionOf(spec, image), spec)).to.deep.equal([]);
	});
	it('compose #45: a healthcheck that is turned off', () => {
		expect(body(compose({ healthcheck: { disable: true } })).Healthcheck).to.deep.equal({ Test: ['NONE'] });
	});
	it('compose #46: a command is split as a shell would; what version 19 made of it is equal', () => {
		const spec = specOf(compose({ command: "sh -c 'echo $FOO'" }));
		expect(spec.config.command).to.deep.equal(['sh', '-c', 'echo $FOO']);
		const live = inspectionOf(spec);
		live.Config.Cmd = ['sh', '-c', String.raw`echo \$FOO`];
		expect(differences(live, spec)).to.deep.equal([]);
		live.Config.Cmd = ['sh', '-c', String.raw`echo \\$FOO`];
		expect(differences(live, spec)).to.deep.equal(['command']);
		const commented = specOf(compose({ entrypoint: 'a b#c # d' }));
		expect(commented.config.entrypoint).to.deep.equal(['a', 'b#c']);
		expect(commented.v19?.entrypoint).to.deep.equal(['a', 'b', '']);
	});
	it('compares values that the engine rounds or drops with what it makes of them', () => {
		const image = { Cmd: ['x'], User: 'app', WorkingDir: '/a/' };
		const composition = {
			stop_grace_period: '200ms',
			pids_limit: -1,
			user: '',
			command: [],
			entrypoint: [],
			working_dir: '',
			healthcheck: { test: 'x', interval: 0, timeout: '0' },
			networks: { n: { aliases: ['x', 'x', 's'] } },
			volumes: [{ type: 'volume', source: 'v', target: '/v', readOnly: false, volume: { nocopy: false } }],
			tmpfs: ['/run:size=64m', '/tmp'],
			oom_kill_disable: true,
		};
		const spec = specOf({ composition, image });
		const live = inspectionOf(spec, image);
		live.HostConfig.OomKillDisable = null; // cgroup v2
		expect(differences(live, spec)).to.deep.equal([]);
		expect(spec.config).to.include({ user: 'app', stopGracePeriod: 0, workingDir: '/a' });
	});
	it('keeps the conditions of depends_on', () => {
		const { dependsOn } = specOf(
			compose({ depends_on: { a: { condition: 'service_healthy', required: false }, b: null } }),
		);
		expect(dependsOn).to.deep.equal([
			{ service: 'a', condition: 'service_healthy', required: false },
			{ service: 'b', condition: 'service_started', required: true },
		]);
		expect(issuesOf({ depends_on: { a: { condition: 'x' } } })[0]?.path).to.equal(
			'apps.abc1.services.s.depends_on.a.condition',
		);
	});
});
