import { expect } from 'chai';
import {
	compareNetwork,
	compareVolume,
	composeApp,
	isSupervisorNetwork,
	networkBody,
	readNetwork,
	readVolume,
	volumeBody,
} from '../../../../src/application-manager/compose/index.ts';
import { imageKeyOf, isSameImage, normaliseImageReference } from '../../../../src/domain/image-reference.ts';
import type { NetworkSpec, NetworkView } from '../../../../src/domain/engine-objects.ts';
import type { AppSpec, TargetApp, TargetRelease } from '../../../../src/domain/target.ts';
import type { NetworkInspection, VolumeInspection } from '../../../../src/ports/engine.ts';
import { vectorContext } from '../../../vectors/vector-app.ts';

const service = {
	serviceId: 5,
	imageId: 6,
	image: 'alpine',
	running: true,
	environment: {},
	labels: {},
	composition: {},
};

function appOf(release: Partial<TargetRelease>, app: Partial<TargetApp> = {}): TargetApp {
	return {
		appId: 1,
		appUuid: 'abc1',
		appName: 'fleet',
		class: 'fleet',
		isHost: false,
		rejected: false,
		release: { releaseId: 7, commit: 'c', services: {}, networks: {}, volumes: {}, ...release },
		...app,
	};
}
function compose(app: TargetApp): AppSpec {
	const { composed } = composeApp(app, vectorContext, new Map());
	if (composed.state === 'rejected') {
		throw new Error(JSON.stringify(composed.issues));
	}
	return composed.spec;
}
function networkOf(network: unknown): NetworkSpec {
	return compose(appOf({ networks: { default: network } })).networks[0]!;
}
/** What the engine shows of a network that was made so. */
function liveNetwork(spec: NetworkSpec): NetworkInspection {
	const body = networkBody(spec) as NetworkInspection & { readonly IPAM: { readonly Config: readonly object[] } };
	const chosen = [{ Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' }];
	const Config = body.IPAM.Config.length > 0 ? body.IPAM.Config : chosen;
	// The engine shows null as the driver of a network that is a configuration only.
	const driver = body.ConfigOnly ? { Driver: null as never } : {};
	return { ...body, ...driver, Id: 'n', IPAM: { ...body.IPAM, Config } };
}
function viewOf(inspection: NetworkInspection): NetworkView {
	const view = readNetwork(inspection);
	expect(view?.ok).to.be.true;
	return (view as { value: NetworkView }).value;
}
function changedFields(made: unknown, wanted: unknown) {
	return compareNetwork(viewOf(liveNetwork(networkOf(made))), networkOf(wanted)).map(({ field }) => field);
}
function volume(inspection: Partial<VolumeInspection> & { readonly Name: string }) {
	return readVolume({ Driver: 'local', Labels: null, Options: null, ...inspection });
}

describe('compose: networks', () => {
	const ipam = { config: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1', aux_addresses: { h: '10.0.0.9' } }] };

	it('compose #49: addresses that the engine chose are no difference', () => {
		expect(changedFields({}, {})).to.deep.equal([]);
	});
	it('compose #50: addresses of the user are one, both ways', () => {
		expect(changedFields({ ipam }, { ipam })).to.deep.equal([]);
		expect(changedFields({}, { ipam })).to.deep.equal(['ipam', 'labels']);
		expect(changedFields({ ipam }, {})).to.deep.equal(['labels']);
	});
	it('compose #51: the default network takes no addresses while all services use the host’s', () => {
		const onHost = { ...service, composition: { network_mode: 'host' } };
		const [network] = compose(appOf({ services: { a: onHost } })).networks;
		expect(networkBody(network!)).to.include({ Name: 'abc1_default', ConfigOnly: true });
		expect(compareNetwork(viewOf(liveNetwork(network!)), network!)).to.deep.equal([]);
		const [open] = compose(appOf({ services: { a: onHost, b: service } })).networks;
		expect(open?.config.configOnly).to.be.false;
		expect(compareNetwork(viewOf(liveNetwork(network!)), open!).map(({ field }) => field)).to.include('configOnly');
	});
	it('compose #52: a network of the first supervisors is ours and differs', () => {
		const live = liveNetwork(networkOf({}));
		const view = viewOf({ ...live, Name: '1_default', Labels: { 'io.resin.supervised': 'true' } });
		expect(view).to.deep.include({ appId: 1, networkName: 'default', networkId: 'n' });
		expect(view).not.to.have.property('appUuid');
		expect(compareNetwork(view, networkOf({})).map(({ field }) => field)).to.deep.equal(['labels']);
	});
	it('compose #53: duplicates are read as two networks of one name', () => {
		const live = liveNetwork(networkOf({}));
		const views = ['a', 'b'].map((Id) => viewOf({ ...live, Id }));
		expect(views.map(({ networkId, engineName }) => [networkId, engineName])).to.deep.equal([
			['a', 'abc1_default'],
			['b', 'abc1_default'],
		]);
	});
	it('leaves foreign networks alone and gives issues for ours that it cannot read', () => {
		const live = liveNetwork(networkOf({}));
		expect(readNetwork({ ...live, Name: 'bridge', Labels: {} })).to.equal(undefined);
		expect(readNetwork({ ...live, Name: 'zzz' })).to.deep.equal({
			ok: false,
			issues: [{ path: 'networks.zzz', message: 'Invalid network name: zzz' }],
		});
	});
	it('compose #57: supervisor0 is ready only with its own addresses', () => {
		const Options = { 'com.docker.network.bridge.name': 'supervisor0' };
		const ready = (Subnet: string) =>
			isSupervisorNetwork({
				...liveNetwork(networkOf({})),
				Name: 'supervisor0',
				Options,
				IPAM: { Config: [{ Subnet, Gateway: '10.114.104.1' }] },
			});
		expect([ready('10.114.104.0/25'), ready('10.0.0.0/24')]).to.deep.equal([true, false]);
	});
});

describe('compose: volumes', () => {
	const specOf = (given: unknown) => compose(appOf({ volumes: { v: given } })).volumes[0]!;

	it('compose #54: a changed label is a difference', () => {
		const { Labels } = volumeBody(specOf({ labels: { a: '1' } })) as VolumeInspection;
		const differences = compareVolume(volume({ Name: '1_v', Labels })!, specOf({ labels: { a: '2' } }));
		expect(differences.map(({ field }) => field)).to.deep.equal(['labels']);
	});
	it('compose #55: a volume without labels is ours and equal', () => {
		const view = volume({ Name: '1_v' })!;
		expect(view).to.include({ appId: 1, volumeName: 'v', supervised: false });
		expect(compareVolume(view, specOf({}))).to.deep.equal([]);
	});
	it('compose #56: other volumes belong to no app', () => {
		for (const Name of ['proj2_data', 'decoy', 'f'.repeat(64)]) {
			expect(volume({ Name }), Name).to.equal(undefined);
		}
	});
});

describe('compose: apps', () => {
	it('refuses only the app with a bad value, with its path', () => {
		const web = { ...service, composition: { ports: ['80', '81', 'x'] } };
		const { composed } = composeApp(appOf({ services: { web, ok: service } }), vectorContext, new Map());
		expect(composed.state === 'rejected' && composed.issues).to.deep.equal([
			{ path: 'apps.abc1.services.web.ports[2]', message: 'Could not parse port definition: x' },
		]);
	});
	it('leaves an app alone whose requirements are not met', () => {
		const { composed } = composeApp(appOf({}, { rejected: true }), vectorContext, new Map());
		expect(composed.state).to.equal('rejected');
	});
	it('leaves out what it does not run: the supervisor, and parts of the host', () => {
		const names = (app: Partial<TargetApp>, services: TargetRelease['services']) =>
			compose(appOf({ services }, app)).services.map(({ identity }) => identity.serviceName);
		const supervisor = { appUuid: '900de4f3cbac4b9bbd232885a35e407b' };
		expect(names(supervisor, { main: service, other: service })).to.deep.equal(['other']);
		const labelled = (key: string, value: string) => ({ ...service, labels: { [`io.balena.image.${key}`]: value } });
		const services = {
			a: service,
			b: labelled('class', 'fileset'),
			c: labelled('store', 'root'),
			d: labelled('store', 'data'),
		};
		expect(names({ isHost: true }, services)).to.deep.equal(['a', 'd']);
		expect(names({}, services)).to.deep.equal(['a', 'b', 'c', 'd']);
	});
	it('waits for declared volumes only', () => {
		const web = { ...service, composition: { volumes: ['a:/a', 'b:/b'] } };
		const [composed] = compose(appOf({ services: { web }, volumes: { a: null } })).services;
		expect(composed?.volumes).to.deep.equal(['1_a']);
	});
});

describe('compose: image references', () => {
	it('compose #58: an image without registry and tag', () => {
		expect(normaliseImageReference('alpine')).to.deep.equal({ ok: true, value: 'alpine:latest' });
	});
	it('compose #59: a tag beside a digest is dropped', () => {
		const digest = `sha256:${'d'.repeat(64)}`;
		expect(normaliseImageReference(`r.io/x:1@${digest}`)).to.deep.equal({ ok: true, value: `r.io/x@${digest}` });
	});
	it('compose #60: the same digest is the same image wherever it is', () => {
		expect(isSameImage('r.io/a@sha256:d', 'r.io/b@sha256:d')).to.be.true;
		expect(isSameImage('a:1', 'b:1')).to.be.false;
		expect(imageKeyOf('r.io/a@sha256:d')).to.equal('sha256:d');
	});
});
