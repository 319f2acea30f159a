import { expect } from 'chai';
import {
	compareService,
	containerBody,
	readContainer,
	wantsSupervisorApi,
} from '../../../../src/application-manager/compose/index.ts';
import type { ServiceSpec } from '../../../../src/domain/service.ts';
import type { ContainerInspection } from '../../../../src/ports/engine.ts';
import { bodyOf, CONTAINER_ID, inspectionOf, noticesOf, specOf } from './compose-one.ts';

const FEATURE = 'io.balena.features.';

function differences(live: ContainerInspection, spec: ServiceSpec, containers: Record<string, string> = {}) {
	const view = readContainer(live);
	if (!view.ok) {
		throw new Error(JSON.stringify(view.issues));
	}
	return compareService(view.value, spec, new Map(Object.entries(containers))).map(({ field }) => field);
}

function networks(...names: string[]) {
	return specOf({ composition: { networks: names } });
}

describe('compose: networks of a service', () => {
	it('compose #21: joins the default network under its name', () => {
		const { body, extra } = bodyOf(specOf({}));
		expect(body.HostConfig.NetworkMode).to.equal('abc1_default');
		expect(body.NetworkingConfig.EndpointsConfig).to.deep.equal({ abc1_default: { IPAMConfig: {}, Aliases: ['s'] } });
		expect(extra).to.deep.equal([]);
	});
	it('compose #22: is created in its first network and joins the others', () => {
		const spec = specOf({ composition: { networks: { b: { ipv4_address: '1.2.3.4' }, a: null } } });
		const { body, extra } = bodyOf(spec);
		expect(body.NetworkingConfig.EndpointsConfig).to.deep.equal({
			abc1_b: { IPAMConfig: { IPv4Address: '1.2.3.4' }, Aliases: ['s'] },
		});
		expect(extra).to.deep.equal([{ network: 'abc1_a', endpoint: { IPAMConfig: {}, Aliases: ['s'] } }]);
		expect(spec.networks).to.deep.equal(['abc1_b', 'abc1_a']);
	});
	it('compose #23: shares the network of a service by the id of its container', () => {
		const spec = specOf({ composition: { network_mode: 'service: db' } });
		expect(spec.dependsOn).to.deep.equal([{ service: 'db', condition: 'service_started', required: true }]);
		const { body } = bodyOf(spec, { db: 'X' });
		expect(body.HostConfig.NetworkMode).to.equal('container:X');
		expect(body.NetworkingConfig.EndpointsConfig).to.deep.equal({});
		const without = containerBody(spec, { deviceName: 'd', containerIds: new Map() });
		expect(without).to.deep.equal({ ok: false, message: "No container for network_mode: 'service: db'" });
	});
	it('compose #24: differs once the service it shares with has another container', () => {
		const spec = specOf({ composition: { network_mode: 'service: db' } });
		const live = inspectionOf(spec, {}, { db: 'X' });
		expect(differences(live, spec, { db: 'X' })).to.deep.equal([]);
		expect(differences(live, spec, { db: 'Y' })).to.deep.equal(['networkMode']);
		expect(differences(live, spec)).to.deep.equal(['networkMode']);
	});
	it('compose #25: treats the network of a foreign container as not given', () => {
		const one = { composition: { network_mode: 'container:abc' } };
		expect(specOf(one).config.networkMode).to.equal('abc1_default');
		expect(noticesOf(one)).to.have.length(1);
	});
	it('compose #26: takes the hostname of the device with its network', () => {
		const host = (hostname: string) => specOf({ composition: { network_mode: 'host' }, context: { hostname } });
		expect(bodyOf(host('h')).body.Hostname).to.equal('h');
		expect(differences(inspectionOf(host('h')), host('h'))).to.deep.equal([]);
		expect(differences(inspectionOf(host('h')), host('k'))).to.deep.equal(['hostname']);
	});
	it('compose #27: more aliases than asked for are no difference', () => {
		const live = inspectionOf(specOf({ composition: { networks: { default: { aliases: ['x'] } } } }));
		expect(differences(live, specOf({}))).to.deep.equal([]);
		const wanted = specOf({ composition: { networks: { default: { aliases: ['y'] } } } });
		expect(differences(live, wanted)).to.deep.equal(['networks.abc1_default']);
	});
	it('compose #27: an alias may be what the id of the container begins with', () => {
		const aliases = [CONTAINER_ID.slice(0, 1), CONTAINER_ID.slice(0, 2)];
		const spec = specOf({ composition: { networks: { default: { aliases } } } });
		expect(differences(inspectionOf(spec), spec)).to.deep.equal([]);
	});
	it('compose #28: a network more than asked for is no difference', () => {
		expect(differences(inspectionOf(networks('a', 'b')), networks('a'))).to.deep.equal([]);
	});
	it('compose #29: a network less than asked for is', () => {
		expect(differences(inspectionOf(networks('a')), networks('a', 'c'))).to.deep.equal(['networks.abc1_c']);
	});
	it('keeps link-local addresses through the engine and back', () => {
		const spec = specOf({ composition: { networks: { a: { link_local_ips: ['169.254.1.1'] } } } });
		const live = inspectionOf(spec);
		expect(live.NetworkSettings.Networks['abc1_a']?.IPAMConfig).to.deep.equal({ LinkLocalIPs: ['169.254.1.1'] });
		expect(differences(live, spec)).to.deep.equal([]);
	});
});

describe('compose: environment and labels', () => {
	it('compose #33: users may override built-in variables', () => {
		const { environment } = specOf({ environment: { BALENA_APP_ID: 'zz' } }).config;
		expect(environment).to.include({ BALENA_APP_ID: 'zz', RESIN_APP_ID: '1' });
	});
	it('compose #34: the device name is sent and never compared', () => {
		const spec = specOf({ environment: { BALENA_DEVICE_NAME_AT_INIT: 'x' } });
		const live = inspectionOf(spec);
		expect(live.Config.Env.slice(0, 2)).to.deep.equal(['RESIN_DEVICE_NAME_AT_INIT=d', 'BALENA_DEVICE_NAME_AT_INIT=d']);
		live.Config.Env[1] = 'BALENA_DEVICE_NAME_AT_INIT=renamed';
		expect(differences(live, spec)).to.deep.equal([]);
	});
	it('names the variables that differ and hides their values', () => {
		const live = inspectionOf(specOf({ environment: { A: 'secret1', B: 'secret2' } }));
		const view = readContainer(live);
		expect(view.ok).to.be.true;
		const found = view.ok ? compareService(view.value, specOf({ environment: { A: 'secret3' } }), new Map()) : [];
		expect(found).to.deep.equal([
			{ field: 'environment.A', expected: 'hidden', seen: 'hidden' },
			{ field: 'environment.B', expected: 'absent', seen: 'hidden' },
		]);
	});
	it('takes lists and nulls in environment and labels', () => {
		const { environment, labels } = specOf({
			composition: { environment: ['A=b=c', 'D'], labels: { x: null, y: 5 } },
		}).config;
		expect(environment).to.include({ A: 'b=c', D: '' });
		expect(labels).to.include({ x: '', y: '5' });
	});
	it('compose #35: old label names mean the new ones', () => {
		const { labels, environment } = specOf({ labels: { 'io.resin.features.resin-api': '1' } }).config;
		expect(labels).to.include({ 'io.balena.features.balena-api': '1' });
		expect(environment).to.include.keys('BALENA_API_KEY', 'RESIN_API_KEY', 'BALENA_API_URL', 'RESIN_API_URL');
	});
	it('compose #36: the new label name wins', () => {
		const { labels } = specOf({ labels: { 'io.resin.x': 'a', 'io.balena.x': 'b' } }).config;
		expect(labels).to.include({ 'io.balena.x': 'b' }).and.not.have.property('io.resin.x');
	});
	it('compose #37: an image can turn a feature on', () => {
		const { HostConfig } = bodyOf(specOf({ image: { Labels: { [`${FEATURE}sysfs`]: '1' } } })).body;
		expect(HostConfig.Binds).to.include('/sys:/sys');
	});
	it('compose #38: identity labels cannot be overridden', () => {
		expect(specOf({ labels: { 'io.balena.app-id': '99' } }).config.labels).to.include({ 'io.balena.app-id': '1' });
	});
});

describe('compose: feature labels', () => {
	const supervisorApi = (network_mode?: string) =>
		specOf({ labels: { [`${FEATURE}supervisor-api`]: 'TRUE' }, composition: { network_mode } });

	it('compose #39: the supervisor API comes with its network, if the service has one', () => {
		const spec = supervisorApi();
		expect(Object.keys(spec.config.environment).filter((name) => name.includes('SUPERVISOR'))).to.have.length(8);
		expect(spec.config.environment).to.include({ BALENA_SUPERVISOR_ADDRESS: 'http://10.114.104.1:48484' });
		expect(bodyOf(spec).extra.map(({ network }) => network)).to.deep.equal(['supervisor0']);
		expect(spec.networks).to.deep.equal(['abc1_default']);
		for (const mode of ['host', 'none', 'service:db']) {
			expect(bodyOf(supervisorApi(mode), { db: 'X' }).extra, mode).to.deep.equal([]);
		}
		expect(supervisorApi('host').config.environment).to.include({ RESIN_SUPERVISOR_HOST: '127.0.0.1' });
	});
	it('asks for a key before composing, also when the label is the image’s', () => {
		const service = {
			serviceId: 1,
			imageId: 1,
			image: 'a',
			running: true,
			environment: {},
			labels: {},
			composition: {},
		};
		expect(wantsSupervisorApi(service)).to.be.false;
		const labels = { 'io.resin.features.supervisor-api': '1' };
		expect(wantsSupervisorApi({ ...service, labels })).to.be.true;
		expect(wantsSupervisorApi(service, { Id: 'x', Config: { Labels: labels } })).to.be.true;
		expect(wantsSupervisorApi({ ...service, composition: { labels } })).to.be.true;
	});
	it('compose #40: the engine socket at three places, and a DOCKER_HOST of the user stays', () => {
		const spec = specOf({ labels: { [`${FEATURE}balena-socket`]: '1' }, environment: { DOCKER_HOST: 'tcp://x' } });
		expect(bodyOf(spec).body.HostConfig.Mounts.map(({ Target }) => Target)).to.deep.equal([
			'/host/run/balena-engine.sock',
			'/var/run/balena-engine.sock',
			'/var/run/balena.sock',
		]);
		expect(spec.config.environment['DOCKER_HOST']).to.equal('tcp://x');
	});
	it('compose #41: kernel modules only where the host has them', () => {
		const binds = (hasKernelModules: boolean) =>
			specOf({ labels: { [`${FEATURE}kernel-modules`]: '1' }, context: { hasKernelModules } }).config.volumes.length;
		expect([binds(true), binds(false)]).to.deep.equal([3, 2]);
	});
	it('compose #42: a gpu compares equal when read back', () => {
		const spec = specOf({ labels: { [`${FEATURE}gpu`]: '1' } });
		expect(spec.config.deviceRequests).to.have.length(1);
		expect(differences(inspectionOf(spec), spec)).to.deep.equal([]);
	});
});

describe('compose: reading containers', () => {
	it('compose #47: a container of the first supervisors', () => {
		const live = inspectionOf(specOf({}));
		const view = readContainer({
			...live,
			Name: '/main_431889_572579',
			Config: {
				...live.Config,
				Labels: { 'io.resin.app-id': '2', 'io.resin.service-id': '3', 'io.resin.service-name': 'main' },
			},
		});
		expect(view.ok && view.value).to.include({ serviceName: 'main', imageId: 431889, releaseId: 572579, appId: 2 });
		expect(view.ok && view.value.commit).to.equal(undefined);
		expect(view.ok && view.value.config.labels).to.have.property('io.balena.app-id', '2');
	});
	it('reads handed-over names and commits of digits', () => {
		const live = inspectionOf(specOf({ commit: '123' }));
		for (const Name of ['/s_6_7_123', '/old_s_6_7_123']) {
			const view = readContainer({ ...live, Name });
			expect(view.ok && view.value).to.include({ imageId: 6, releaseId: 7, commit: '123', containerId: CONTAINER_ID });
		}
	});
	it('gives issues for a container that it cannot read', () => {
		const live = inspectionOf(specOf({}));
		const view = readContainer({ ...live, Name: '/x', Config: { ...live.Config, Labels: null } });
		expect(view.ok ? [] : view.issues.map(({ path }) => path)).to.deep.equal(Array(3).fill('containers.x'));
	});
	it('compose #48: the state is the engine’s word', () => {
		const live = inspectionOf(specOf({}));
		for (const Status of ['created', 'running', 'restarting', 'dead', 'exited']) {
			const view = readContainer({ ...live, State: { ...live.State, Status } });
			expect(view.ok && view.value.runState).to.equal(Status);
		}
	});
});
