import { expect } from 'chai';
import { compareService, composeApp, readContainer } from '../../../../src/application-manager/compose/index.ts';
import { FIELD_ENTRIES } from '../../../../src/application-manager/compose/field-table.ts';
import { IGNORED_KEYS } from '../../../../src/application-manager/compose/other-keys.ts';
import type { ServiceSpec } from '../../../../src/domain/service.ts';
import type { TargetApp } from '../../../../src/domain/target.ts';
import type { ContainerInspection } from '../../../../src/ports/engine.ts';
import { ROUND_TRIP_CASES } from '../../../vectors/round-trip-cases.ts';
import { vectorContext } from '../../../vectors/vector-app.ts';
import { bodyOf, composeOne, inspectionOf, noticesOf, specOf } from './compose-one.ts';

const ASKED = 'io.balena.private.compose';
const AT = 'apps.abc1.services.s';

function compose(composition: Record<string, unknown>, commit?: string): ServiceSpec {
	return specOf({ composition, ...(commit !== undefined && { commit }) });
}
function differences(live: ContainerInspection, spec: ServiceSpec) {
	const view = readContainer(live);
	if (!view.ok) {
		throw new Error(JSON.stringify(view.issues));
	}
	const ids = new Map([['db', 'X']]);
	return compareService(view.value, spec, ids).map(({ field }) => field);
}
function linesFor(composition: Record<string, unknown>) {
	return noticesOf({ composition }).map(({ path, message }) => `${path.replace(`${AT}.`, '')}: ${message}`);
}

describe('compose: every field', () => {
	for (const [field, cases] of Object.entries(ROUND_TRIP_CASES)) {
		for (const { composition, unnoticed } of cases) {
			it(`compares equal with ${JSON.stringify(composition)}, and not with the default`, () => {
				const spec = compose(composition);
				const live = inspectionOf(spec, {}, { db: 'X' });
				expect(differences(live, spec)).to.deep.equal([]);
				const seen = differences(live, { ...compose({}), v19: {} }).map((name) => name.split('.')[0]);
				expect(unnoticed === true || seen.includes(field), `${field} is among ${seen.join()}`).to.be.true;
			});
		}
	}
	it('sends nothing of what is new unless it is asked for', () => {
		const { body } = bodyOf(compose({}));
		for (const [key, { since, engine }] of FIELD_ENTRIES) {
			for (const place of since === 'new' ? engine : []) {
				const [part = '', name] = place.split('.');
				const holder = name === undefined ? body : body.HostConfig;
				expect(holder, key).not.to.have.property(name ?? part);
			}
		}
		expect(body.Labels).not.to.have.property(ASKED);
	});
});

describe('compose: fields that version 19 did not know', () => {
	const news = { stdin_open: true, logging: { driver: 'none' }, deploy: { resources: { limits: { memory: '64m' } } } };

	it('stay away from its containers until the next release', () => {
		const live = inspectionOf(compose({}));
		expect(differences(live, compose(news))).to.deep.equal([]);
		expect(differences(live, compose(news, 'next'))).to.include.members(['stdinOpen', 'logging', 'memLimit', 'labels']);
	});
	it('do not excuse another difference', () => {
		const live = inspectionOf(compose({}));
		expect(differences(live, compose({ ...news, tty: false }))).to.include('tty');
	});
	it('are noticed when they change or go', () => {
		const live = inspectionOf(compose(news));
		expect(differences(live, compose({ ...news, stdin_open: false }))).to.include('stdinOpen');
		expect(differences(live, compose({ ...news, logging: { driver: 'local' } }))).to.include('logging');
		expect(differences(live, compose({}))).to.include.members(['stdinOpen', 'logging', 'memLimit', 'labels']);
	});
	it('count as done where the kernel cannot do them', () => {
		const spec = compose({ mem_swappiness: 10, blkio_config: { weight: 300 }, mem_limit: '64m', memswap_limit: '1g' });
		const live = inspectionOf(spec);
		Object.assign(live.HostConfig, { MemorySwappiness: null, BlkioWeight: 0, MemorySwap: -1 });
		expect(differences(live, spec)).to.deep.equal([]);
	});
	it('are not read from the defaults of the engine', () => {
		const spec = compose({});
		const live = inspectionOf(spec);
		Object.assign(live.HostConfig, {
			LogConfig: { Type: 'journald', Config: {} },
			Runtime: 'runc',
			CgroupnsMode: 'host',
		});
		expect(differences(live, spec)).to.deep.equal([]);
	});
	it('are not taken from the label of an image', () => {
		const image = { Labels: { [ASKED]: '{"stdinOpen":true}' } };
		const spec = specOf({ image });
		expect(differences(inspectionOf(spec, image), spec)).to.deep.equal([]);
		expect(spec.config).not.to.have.property('stdinOpen');
	});
	it('are read from a label that is not ours without an exception', () => {
		const live = inspectionOf(compose({}));
		for (const text of ['', '{', '[]', 'null', '{"logging":5,"blkioConfig":"x","__proto__":1}']) {
			const Labels = { ...live.Config.Labels, [ASKED]: text };
			const odd = { ...live, Config: { ...live.Config, Labels } };
			expect(differences(odd, compose(news, 'next')), text).to.include('labels');
		}
	});
});

describe('compose: what is ignored', () => {
	for (const [key, { reason }] of Object.entries(IGNORED_KEYS)) {
		it(`says why ${key} is`, () => {
			expect(linesFor({ [key]: { any: 1 } })).to.deep.equal([`${key}: Ignoring ${key}: ${reason}`]);
			expect(compose({ [key]: { any: 1 } })).to.deep.equal(compose({}));
		});
	}
	it('gives no notice where its value has no effect', () => {
		expect(linesFor({ scale: 1, pull_policy: 'missing', isolation: 'default', 'x-a': {}, build: null })).to.deep.equal(
			[],
		);
	});
	it('gives a notice for each part with its path', () => {
		const devices = [{ driver: 'cdi', device_ids: ['a'], capabilities: [] }];
		const limits = { resources: { limits: { cpus: 'many' }, reservations: { cpus: '1', devices } } };
		expect(
			linesFor({
				deploy: { ...limits, placement: {}, replicas: 3, foo: 1, restart_policy: { condition: 'x', delay: '1s' } },
				logging: { driver: 'local', foo: 1 },
				networks: { a: { priority: 5 } },
				depends_on: { b: { restart: true } },
				devices: ['vendor.com/gpu=all'],
				foo: 1,
			}),
		).to.deep.equal([
			'deploy.resources.limits.cpus: config.cpus value cannot be parsed. Ignoring.',
			'deploy.resources.reservations.cpus: Ignoring cpus: the engine has no such reservation',
			'deploy.resources.reservations.devices[0]: Ignoring CDI devices: it needs a newer engine (API 1.44)',
			'deploy.placement: Ignoring placement: there is one device, and one container for each service',
			'deploy.replicas: Ignoring replicas: there is one device, and one container for each service',
			'deploy.foo: Ignoring foo: there is no such field',
			'deploy.restart_policy.condition: Ignoring a value that is not none, on-failure, any',
			'deploy.restart_policy.delay: Ignoring delay: the engine restarts with delays of its own',
			'logging.foo: Ignoring foo: logging has a driver and options',
			'networks.a.priority: Ignoring priority: a service joins a network with aliases and addresses only',
			'depends_on.b.restart: Ignoring restart: a service does not restart because another one did',
			'devices[0]: Ignoring device vendor.com/gpu=all: it needs a newer engine (CDI, API 1.44)',
			`${AT}: Ignoring unsupported or unknown compose fields: foo`,
		]);
	});
	for (const [name, composition, notice, place] of [
		[
			'cpu_period beside cpus',
			{ cpus: 1, cpu_period: 50_000 },
			'cpu_period: Ignoring cpu_period: cpus is given',
			'CpuPeriod',
		],
		[
			'memswap_limit below mem_limit',
			{ mem_limit: '64m', memswap_limit: '32m' },
			'memswap_limit: Ignoring memswap_limit: it needs a mem_limit that is not more',
			'MemorySwap',
		],
		[
			'uts beside host networking',
			{ network_mode: 'host', uts: 'host' },
			'uts: Ignoring uts: the container has a hostname of its own',
			'UTSMode',
		],
		[
			'cgroup beside privileged',
			{ privileged: true, cgroup: 'private' },
			'cgroup: Ignoring cgroup: a privileged container has the cgroups of the host',
			'CgroupnsMode',
		],
	] as const) {
		it(`is what the engine would refuse the container for: ${name}`, () => {
			expect(linesFor(composition)).to.deep.equal([notice]);
			expect(bodyOf(compose(composition)).body.HostConfig).not.to.have.property(place);
		});
	}
	it('is what deploy says against the keys of the service', () => {
		const resources = { limits: { cpus: 2, memory: '16m' } };
		const { config } = compose({ deploy: { resources }, cpu_quota: 5000, mem_reservation: '32m' });
		expect(config).to.include({ cpus: 0, cpuQuota: 5000, memLimit: 0, memReservation: 32 * 1024 ** 2 });
		const less = compose({ deploy: { resources: { reservations: { memory: '32m' } } }, mem_limit: '16m' });
		expect(less.config).to.include({ memLimit: 16 * 1024 ** 2, memReservation: 0 });
	});
});

describe('compose: what is refused', () => {
	for (const [composition, path, message] of [
		[{ device_cgroup_rules: ['c 1'] }, 'device_cgroup_rules[0]', 'expected a rule such as "c 1:3 rwm", came "c 1"'],
		[{ logging: 'none' }, 'logging', 'expected a map with driver and options, came "none"'],
		[{ deploy: [] }, 'deploy', 'expected a map, came []'],
		[{ deploy: { resources: 5 } }, 'deploy.resources', 'expected a map, came 5'],
		[{ gpus: 'some' }, 'gpus', 'expected a list, came "some"'],
		[{ gpus: [{ count: 'x' }] }, 'gpus[0].count', 'expected a number or "all", came "x"'],
		[{ blkio_config: 5 }, 'blkio_config', 'expected a map, came 5'],
		[
			{ blkio_config: { device_read_bps: ['/dev/a'] } },
			'blkio_config.device_read_bps[0]',
			'expected {path, rate}, came "/dev/a"',
		],
		[{ stdin_open: 5 }, 'stdin_open', 'expected true or false, came 5'],
	] as const) {
		it(`${path}: ${message}`, () => {
			const composed = composeOne({ composition });
			expect(composed.ok ? [] : composed.issues).to.deep.equal([{ path: `${AT}.${path}`, message }]);
		});
	}
});

describe('compose: services that compose does not start', () => {
	const service = { serviceId: 5, imageId: 6, image: 'alpine', running: true, environment: {}, labels: {} };

	for (const [path, composition, isThere] of [
		['profiles', { profiles: ['debug'] }, false],
		['profiles', { profiles: [] }, true],
		['scale', { scale: 0 }, false],
		['deploy.replicas', { deploy: { replicas: 0 } }, false],
		['deploy.replicas', { deploy: { replicas: 1 } }, true],
	] as const) {
		it(`${isThere ? 'runs' : 'leaves out'} one with ${JSON.stringify(composition)}`, () => {
			const app: TargetApp = {
				appId: 1,
				appUuid: 'abc1',
				appName: 'fleet',
				class: 'fleet',
				isHost: false,
				rejected: false,
				release: {
					releaseId: 7,
					commit: 'c',
					services: { s: { ...service, composition }, other: { ...service, composition: { depends_on: ['s'] } } },
					networks: {},
					volumes: {},
				},
			};
			const { composed, notices } = composeApp(app, vectorContext, new Map());
			const names =
				composed.state === 'ready' ? composed.spec.services.map(({ identity }) => identity.serviceName) : [];
			expect(names).to.deep.equal(isThere ? ['s', 'other'] : ['other']);
			expect(notices.map((notice) => notice.path)).to.deep.equal(
				isThere ? [] : [`${AT}.${path}`, 'apps.abc1.services.other.depends_on[0]'],
			);
		});
	}
});
