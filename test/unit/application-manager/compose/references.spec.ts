import { expect } from 'chai';
import {
	compareService,
	composeApp,
	readContainer,
	type ServiceInputs,
} from '../../../../src/application-manager/compose/index.ts';
import type { ServiceSpec } from '../../../../src/domain/service.ts';
import type { TargetApp, TargetRelease } from '../../../../src/domain/target.ts';
import { vectorContext } from '../../../vectors/vector-app.ts';
import { inspectionOf } from './compose-one.ts';

type Compositions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const AT = 'apps.abc1.services.';

function compose(
	compositions: Compositions,
	release: Partial<TargetRelease> = {},
	app: Partial<TargetApp> = {},
	inputs = new Map<string, ServiceInputs>(),
) {
	const services = Object.entries(compositions).map(([name, composition], n) => [
		name,
		{ serviceId: n + 1, imageId: n + 1, image: 'alpine', running: true, environment: {}, labels: {}, composition },
	]);
	return composeApp(
		{
			appId: 1,
			appUuid: 'abc1',
			appName: 'fleet',
			class: 'fleet',
			isHost: false,
			rejected: false,
			release: {
				releaseId: 7,
				commit: 'c',
				services: Object.fromEntries(services) as TargetRelease['services'],
				networks: {},
				volumes: {},
				...release,
			},
			...app,
		},
		vectorContext,
		inputs,
	);
}
const lineOf = ({ path, message }: { readonly path: string; readonly message: string }) =>
	`${path.replace(AT, '')}: ${message}`;
function refusals(...args: Parameters<typeof compose>): readonly string[] {
	const { composed } = compose(...args);
	return composed.state === 'rejected' ? composed.issues.map(lineOf) : [];
}
function notices(...args: Parameters<typeof compose>): readonly string[] {
	return compose(...args).notices.map(lineOf);
}

/** How a service is named by another one, with the path at which it stands. */
const NAMINGS = [
	['network_mode', 'network_mode', (name: string) => `service:${name}`],
	['pid', 'pid', (name: string) => `service: ${name}`],
	['ipc', 'ipc', (name: string) => `service:${name}`],
	['links', 'links[0]', (name: string) => [`${name}:alias`]],
	['links', 'links[0]', (name: string) => [name]],
	['volumes_from', 'volumes_from[0]', (name: string) => [`${name}:ro`]],
	['volumesFrom', 'volumesFrom[0]', (name: string) => [name]],
] as const;

describe('compose: a release that names a service which cannot be there', () => {
	for (const [key, path, write] of NAMINGS) {
		const naming = (name: string) => ({ [key]: write(name) });

		it(`is refused before anything is touched: ${JSON.stringify(naming('nope'))}`, () => {
			expect(refusals({ a: naming('nope'), z: {} })).to.deep.equal([`a.${path}: the release has no service "nope"`]);
		});
		it(`is refused when the service is left out: ${JSON.stringify(naming('b'))}`, () => {
			for (const leftOut of [{ profiles: ['debug'] }, { scale: 0 }]) {
				expect(refusals({ a: naming('b'), b: leftOut })).to.deep.equal([
					`a.${path}: service "b" is left out of the app`,
				]);
			}
		});
		it(`is refused when the service names itself: ${JSON.stringify(naming('a'))}`, () => {
			expect(refusals({ a: naming('a') })).to.deep.equal([`a.${path}: service "a" names itself`]);
		});
		it(`is accepted when the service is there: ${JSON.stringify(naming('b'))}`, () => {
			expect(refusals({ a: naming('b'), b: {} })).to.deep.equal([]);
		});
		it(`is not looked at in a service that is left out: ${JSON.stringify(naming('nope'))}`, () => {
			expect(refusals({ a: { ...naming('nope'), profiles: ['x'] }, z: {} })).to.deep.equal([]);
		});
	}

	it('is refused once for each circle, whatever it is made of', () => {
		const circle = { a: { network_mode: 'service:b' }, b: { links: ['c:x'] }, c: { volumes_from: ['a'] } };
		expect(refusals(circle)).to.deep.equal(['a.network_mode: services need each other in a circle: a, b, c']);
		const pair = { a: { network_mode: 'service:b' }, b: { network_mode: 'service:a' } };
		expect([refusals(pair).length, notices(pair)]).to.deep.equal([1, []]);
		expect(refusals({ ...circle, d: { pid: 'service:e' }, e: { ipc: 'service:d' } })).to.have.length(2);
	});
	it('runs when the circle is one of order only', () => {
		const order = { a: { network_mode: 'service:b' }, b: { depends_on: ['a'] } };
		expect(refusals(order)).to.deep.equal([]);
		expect(notices(order)).to.deep.equal([
			'a.depends_on: Ignoring the order between services that depend on each other: a, b',
		]);
	});
	it('names the service of a supervisor or a host app that is not ours to run', () => {
		const supervisor = { appUuid: '900de4f3cbac4b9bbd232885a35e407b' };
		const compositions = { main: {}, other: { network_mode: 'service:main', depends_on: ['main'] } };
		const at = `apps.${supervisor.appUuid}.services.other`;
		expect(refusals(compositions, {}, supervisor)).to.deep.equal([
			`${at}.network_mode: service "main" is not run by the supervisor`,
		]);
	});
	it('leaves containers of others alone', () => {
		const compositions = { a: { volumes_from: ['container:x:ro'], network_mode: 'container:y', links: { nope: 1 } } };
		expect(refusals(compositions)).to.deep.equal([]);
		expect(notices(compositions)).to.have.length(3);
	});
	it('is refused when an IPC namespace is not for others', () => {
		const ipc = (own: string) => refusals({ a: { ipc: 'service:b' }, b: { ipc: own } });
		expect(ipc('private')).to.deep.equal([
			'a.ipc: service "b" has ipc: private, which others cannot share: give it ipc: shareable',
		]);
		expect([ipc('none').length, ipc('shareable').length, ipc('host').length]).to.deep.equal([1, 0, 0]);
	});
	it('is refused with a message that a long name does not fill', () => {
		const [text = ''] = refusals({ a: { network_mode: `service:${'x'.repeat(10_000)}` } });
		expect(text).to.have.length.below(200);
	});
});

describe('compose: a release that uses a network which it does not declare', () => {
	const message = 'the release declares no network "nope": add it to "networks" beside "services"';
	for (const [composition, path] of [
		[{ networks: ['default', 'nope'] }, 'networks[1]'],
		[{ networks: { nope: null } }, 'networks.nope'],
		[{ network_mode: 'nope' }, 'network_mode'],
		[{ networkMode: 'bridge', networks: ['nope'] }, 'networks[0]'],
	] as const) {
		it(`is refused: ${JSON.stringify(composition)}`, () => {
			expect(refusals({ a: composition, z: {} }, { networks: { front: {} } })).to.deep.equal([`a.${path}: ${message}`]);
			expect(refusals({ a: composition, z: {} }, { networks: { nope: null } })).to.deep.equal([]);
		});
	}
	for (const composition of [
		{ networks: ['default'] },
		{ network_mode: 'default' },
		{ network_mode: 'host' },
		{ network_mode: 'bridge' },
		{ network_mode: 'none' },
		{ network_mode: 'container:x' },
		{ network_mode: 'service:z' },
		{ network_mode: '' },
		{ networks: [], network_mode: null },
	]) {
		it(`is not one with ${JSON.stringify(composition)}`, () => {
			expect(refusals({ a: composition, z: {} })).to.deep.equal([]);
		});
	}
	it('is not one with the network of the supervisor, which a label joins', () => {
		const composition = { labels: { 'io.balena.features.supervisor-api': '1' } };
		const { composed } = compose({ a: composition }, {}, {}, new Map([['a', { supervisorApiKey: 'k' }]]));
		const [a] = composed.state === 'ready' ? composed.spec.services : [];
		expect(a?.config.networks).to.have.keys('abc1_default', 'supervisor0');
	});
	it('is one with supervisor0 itself, which services cannot join by name', () => {
		expect(refusals({ a: { networks: ['supervisor0'] } })).to.have.length(1);
	});
});

describe('compose: depends_on of a service that is not there', () => {
	it('is ignored, with a notice that names its path', () => {
		expect(notices({ a: { depends_on: ['z', 'nope'] }, z: {} })).to.deep.equal([
			'a.depends_on[1]: Ignoring the dependency on nope: the release has no service "nope"',
		]);
		const map = { nope: { condition: 'service_healthy' }, b: { required: false } };
		expect(notices({ a: { dependsOn: map }, b: { profiles: ['x'] } })).to.deep.equal([
			'b.profiles: Leaving the service out: no profile is active on a device',
			'a.dependsOn.nope: Ignoring the dependency on nope: the release has no service "nope"',
			'a.dependsOn.b: Ignoring the dependency on b: service "b" is left out of the app',
		]);
		expect(refusals({ a: { depends_on: ['nope'] } })).to.deep.equal([]);
	});
});

describe('compose: a service that others wait to complete', () => {
	const completed = (name: string) => ({ depends_on: { [name]: { condition: 'service_completed_successfully' } } });
	function specOf(init: object, others: Compositions, commit = 'c'): ServiceSpec {
		const { composed } = compose({ init: { ...init }, ...others }, { commit });
		if (composed.state === 'rejected') {
			throw new Error(JSON.stringify(composed.issues));
		}
		return composed.spec.services[0]!;
	}
	const restartOf = (init: object, others: Compositions) => specOf(init, others).config.restart;
	const waiting = { app: completed('init') };

	it('is restarted only when it fails, unless it says otherwise', () => {
		expect(restartOf({}, waiting)).to.equal('on-failure');
		expect(restartOf({ restart: null }, waiting)).to.equal('on-failure');
		expect(restartOf({ restart: 'always' }, waiting)).to.equal('always');
		expect(restartOf({ restart: 'no' }, waiting)).to.equal('no');
		expect(restartOf({ restart: 'sometimes' }, waiting)).to.equal('always');
		expect(restartOf({ deploy: { restart_policy: { condition: 'any' } } }, waiting)).to.equal('always');
	});
	it('is not one that only has to start, nor one of a circle, nor one for which a left-out service waits', () => {
		expect(restartOf({}, { app: { depends_on: ['init'] } })).to.equal('always');
		expect(restartOf(completed('init'), {})).to.equal('always');
		expect(restartOf(completed('app'), waiting)).to.equal('always');
		expect(restartOf({}, { app: { ...completed('init'), profiles: ['x'] } })).to.equal('always');
	});

	const differences = (made: ServiceSpec, wanted: ServiceSpec) => {
		const view = readContainer(inspectionOf(made));
		return view.ok ? compareService(view.value, wanted, new Map()).map(({ field }) => field) : ['unreadable'];
	};
	const always = { restart: 'always' };

	it('keeps the container of version 19 until its next release', () => {
		expect(differences(specOf(always, waiting), specOf({}, waiting))).to.deep.equal([]);
		expect(differences(specOf(always, waiting), specOf({}, waiting, 'next'))).to.deep.equal(['restart']);
		expect(differences(specOf({}, waiting), specOf({}, waiting, 'next'))).to.deep.equal([]);
	});
	it('keeps the container that we made before, with keys that version 19 did not know', () => {
		const news = { stdin_open: true };
		const made = specOf({ ...always, ...news }, waiting);
		expect(differences(made, specOf(news, waiting))).to.deep.equal([]);
		expect(differences(specOf(always, waiting), specOf(news, waiting))).to.deep.equal([]);
		expect(differences(made, specOf(news, waiting, 'next'))).to.deep.equal(['restart']);
	});
	it('does not keep a container that differs from both', () => {
		expect(differences(specOf({ restart: 'no' }, waiting), specOf({}, waiting))).to.deep.equal(['restart']);
		expect(differences(specOf({}, waiting), specOf(always, waiting))).to.deep.equal(['restart']);
	});
});
