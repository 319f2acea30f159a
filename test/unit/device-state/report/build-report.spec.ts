import { expect } from 'chai';
import { buildReport, type AppReport } from '../../../../src/device-state/report/index.ts';
import type { DeviceStatus } from '../../../../src/domain/status.ts';
import type { Step } from '../../../../src/domain/step.ts';
import type { TargetDocument } from '../../../../src/domain/target.ts';
import { APP, imageOf, NEW, OLD, scene, type Scene } from './device-status.ts';

const DEVICE = {
	...{ deviceType: 'raspberrypi4-64', supervisorVersion: '20.0.0', osVersion: 'balenaOS 6.1.2', osVariant: 'prod' },
	...{ macAddress: 'DC:A6:32:00:00:01', ipAddress: '192.168.1.20', apiSecret: '0'.repeat(32) },
};

function report(options: Scene) {
	const { status, target } = scene(options);
	return reportOf(status, target);
}

function reportOf(status: DeviceStatus, target: TargetDocument) {
	return buildReport(status, { device: DEVICE, metrics: {}, listenPort: 48484, localMode: false, target });
}

function appOf(options: Scene): AppReport | undefined {
	return report(options).apps?.[options.app?.appUuid ?? APP];
}

/** `c2 downloading: web Downloading 40` — one line a release. */
function show(app: AppReport | undefined): readonly string[] {
	return Object.entries(app?.releases ?? {}).map(([commit, release]) => {
		const services = Object.entries(release.services ?? {}).map(
			([name, { status, download_progress: progress }]) =>
				`${name} ${status}${progress === undefined ? '' : ` ${progress}`}`,
		);
		return `${commit} ${release.update_status}: ${services.join(', ')}`.trim();
	});
}

const web = (commit: string) => ({ appId: 1, serviceName: 'web', containerId: `web-${commit}`, image: '' });

describe('device-state/report: buildReport', () => {
	it('cloud-api #34: says who and where the device is, and no more', () => {
		const { status, target } = scene({ target: { commit: OLD, services: [] } });
		const facts = { device: DEVICE, metrics: { cpu_usage: 7 }, listenPort: 48484, localMode: false, target };
		expect(buildReport(status, facts)).to.deep.equal({
			status: 'Idle',
			os_version: 'balenaOS 6.1.2',
			os_variant: 'prod',
			supervisor_version: '20.0.0',
			provisioning_progress: null,
			provisioning_state: '',
			logs_channel: null,
			ip_address: '192.168.1.20',
			mac_address: 'DC:A6:32:00:00:01',
			api_port: 48484,
			api_secret: '0'.repeat(32),
			cpu_usage: 7,
			apps: {},
		});
	});

	it('planner #62, cloud-api #45: says nothing about apps in local mode', () => {
		const { status, target } = scene({ target: { commit: OLD, services: ['web'] } });
		const facts = { device: DEVICE, metrics: {}, listenPort: 48484, localMode: true, target };
		expect(buildReport(status, facts)).not.to.have.any.keys('apps', 'logs_channel');
	});

	it('cloud-observed 3: says nothing about apps before it has looked', () => {
		const facts = { device: DEVICE, metrics: {}, listenPort: 48484, localMode: false, target: undefined };
		expect(buildReport(undefined, facts)).not.to.have.property('apps');
	});

	it('says why the device cannot be observed, and nothing about its apps meanwhile (decision D19)', () => {
		const { status, target } = scene({ target: { commit: OLD, services: ['web'] } });
		const facts = { device: DEVICE, metrics: {}, listenPort: 48484, localMode: false, target };
		const at = (sinceMs: number) =>
			buildReport({ ...status, unseen: { since: status.at - sinceMs, message: 'cannot reach the engine' } }, facts);
		expect(at(29_999)).to.include({ provisioning_state: '' }).and.not.to.have.property('apps');
		expect(at(30_000))
			.to.include({ provisioning_state: 'Cannot observe the device: cannot reach the engine' })
			.and.not.to.have.property('apps');
	});

	it('cloud-observed 4: sends whole numbers only', () => {
		const metrics = { cpu_usage: 3.7, cpu_temp: NaN, memory_usage: null };
		const facts = { device: DEVICE, metrics, listenPort: 48484, localMode: true, target: undefined };
		const built = buildReport(undefined, facts);
		expect(built).to.include({ cpu_usage: 3, memory_usage: null });
		expect(built).not.to.have.property('cpu_temp');
	});

	describe('cloud-api #42: an update, seen from outside', () => {
		const pull = (percent?: number) => ({
			step: { kind: 'pullImage', reference: imageOf('web', NEW) } as Step,
			...(percent === undefined ? {} : { percent }),
		});
		const old = { images: [`web@${OLD}`], containers: [`web@${OLD}: running`], reached: OLD };
		const target = { commit: NEW, services: ['web'] };
		const stages: readonly [string, Scene, readonly string[]][] = [
			['nothing has begun', { target, ...old }, ['c1 done: web Running', 'c2 downloading: web Downloading 0']],
			['pull', { target, ...old, running: [pull(40)] }, ['c1 done: web Running', 'c2 downloading: web Downloading 40']],
			[
				'the image is there',
				{ target, ...old, images: [`web@${OLD}`, `web@${NEW}`] },
				['c1 done: web Running', 'c2 downloaded: web Downloaded'],
			],
			[
				'stop of the old container',
				{
					...{ target, ...old, images: [`web@${OLD}`, `web@${NEW}`] },
					running: [{ step: { kind: 'removeContainer', ...web(OLD), isUp: true, volumes: { keep: {}, drop: [] } } }],
				},
				['c1 done: web Stopping', 'c2 downloaded: web Downloaded'],
			],
			[
				'created',
				{ target, images: [`web@${NEW}`], containers: [`web@${NEW}: created`], reached: OLD },
				['c2 applying changes: web Installed'],
			],
			[
				'start',
				{
					...{ target, images: [`web@${NEW}`], containers: [`web@${NEW}: created`] },
					running: [{ step: { kind: 'startContainer', ...web(NEW) } }],
				},
				['c2 done: web Starting'],
			],
			['done', { target, images: [`web@${NEW}`], containers: [`web@${NEW}: running`] }, ['c2 done: web Running']],
		];
		for (const [name, options, shown] of stages) {
			it(name, () => {
				expect(show(appOf(options))).to.deep.equal(shown);
			});
		}

		it('the release counts as reached only when the store says so', () => {
			expect(appOf({ target, ...old })?.release_uuid).to.equal(OLD);
			expect(appOf({ target })).not.to.have.property('release_uuid');
		});

		it('says Installing while the container is created, and Deleting while an image is', () => {
			const spec = { identity: { appId: 1, serviceName: 'web', commit: NEW } };
			const create = { kind: 'createContainer', appId: 1, serviceName: 'web', spec } as unknown as Step;
			const forget: Step = { kind: 'forgetImage', recordId: 1, name: '', references: [] };
			const app = appOf({
				target,
				images: [`web@${OLD}`, `web@${NEW}`],
				running: [{ step: create }, { step: forget }],
			});
			expect(show(app)).to.deep.equal(['c1 done: web Deleting', 'c2 applying changes: web Installing']);
		});
	});

	describe('says of a release', () => {
		const target = { commit: OLD, services: ['ubuntu', 'alpine', 'node'] };
		const images = ['ubuntu', 'alpine', 'node'].map((service) => `${service}@${OLD}`);

		it('planner #58: that it is being downloaded as long as one image is, those not begun with no progress', () => {
			const pull = { step: { kind: 'pullImage', reference: imageOf('alpine', OLD) } as Step, percent: 50 };
			expect(show(appOf({ target, images: [`ubuntu@${OLD}`], running: [pull] }))).to.deep.equal([
				'c1 downloading: ubuntu Downloaded, alpine Downloading 50, node Downloading 0',
			]);
		});

		it('planner #59: that it is downloaded when all images are here', () => {
			expect(show(appOf({ target, images }))).to.deep.equal([
				'c1 downloaded: ubuntu Downloaded, alpine Downloaded, node Downloaded',
			]);
		});

		it('planner #60: that it is done when all containers run, or have ended', () => {
			const containers = [`ubuntu@${OLD}: running`, `alpine@${OLD}: exited`, `node@${OLD}: running`];
			expect(show(appOf({ target, images, containers }))).to.deep.equal([
				'c1 done: ubuntu Running, alpine exited, node Running',
			]);
		});
	});

	it('planner #61, cloud-api #43: distinguishes the two containers of a hand-over by age', () => {
		const containers = [`web@${NEW}: running 2026-01-02T00:00:00Z`, `web@${OLD}: running 2026-01-01T00:00:00Z`];
		const images = [`web@${OLD}`, `web@${NEW}`];
		expect(show(appOf({ target: { commit: NEW, services: ['web'] }, images, containers }))).to.deep.equal([
			'c1 done: web Handing over',
			'c2 applying changes: web Awaiting handover',
		]);
	});

	it('P19: keeps apps with equal names apart', () => {
		const options: Scene = {
			target: { commit: OLD, services: ['web'] },
			images: [`web@${OLD}`],
			containers: [`web@${OLD}: exited`],
			other: { images: [`db@${OLD}`], containers: [`web@${OLD}: running`, `db@${OLD}: running`] },
		};
		expect(show(appOf(options))).to.deep.equal(['c1 done: web exited']);
		expect(Object.keys(report(options).apps ?? {})).to.deep.equal([APP]);
	});

	it('does not mention a container without an image of ours', () => {
		const containers = [`web@${OLD}: running`];
		expect(show(appOf({ target: { commit: NEW, services: [] }, containers }))).to.deep.equal([]);
	});

	it('planner #29, Q-13: reduces every release of an app whose contract is not met', () => {
		const options: Scene = {
			target: { commit: NEW, services: ['web'] },
			...{ images: [`web@${OLD}`], containers: [`web@${OLD}: running`], app: { rejected: true } },
		};
		expect(appOf(options)?.releases).to.deep.equal({
			c1: { update_status: 'rejected' },
			c2: { update_status: 'rejected' },
		});
	});

	it('keeps showing what runs when the new release cannot be composed', () => {
		const options: Scene = {
			target: { commit: NEW, services: ['web'] },
			...{ images: [`web@${OLD}`], containers: [`web@${OLD}: running`], composed: 'rejected' },
		};
		expect(show(appOf(options))).to.deep.equal(['c1 done: web Running', 'c2 rejected:']);
		// The API reads the apps by itself, with what is beside the release in the store.
		const { status, target } = scene(options);
		const [app] = structuredClone(target.apps);
		const apps = [{ ...app!, source: 'https://api.test' }];
		expect(show(reportOf(status, { ...target, apps }).apps?.[APP])).to.deep.equal([
			'c1 done: web Running',
			'c2 rejected:',
		]);
	});

	it('reports its own service as running, and not what a host app runs by itself', () => {
		const target = { commit: NEW, services: ['main'] };
		const appUuid = '52e35121417640b1b28a680504e4039b';
		expect(show(appOf({ target, app: { appUuid } }))).to.deep.equal(['c2 done: main Running']);
		expect(appOf({ target, app: { appUuid, isHost: true } })).to.equal(undefined);
	});

	it('does not call a service running that compose leaves out', () => {
		const { status, target } = scene({
			target: { commit: NEW, services: ['web', 'debug'] },
			...{ images: [`web@${NEW}`], containers: [`web@${NEW}: running`] },
		});
		const debug = target.apps[0]?.release?.services['debug'];
		Object.assign(debug ?? {}, { composition: { profiles: ['debug'] } });
		expect(show(reportOf(status, target).apps?.[APP])).to.deep.equal(['c2 done: web Running']);
	});

	it('does not call a release done, nor refused, of which the loop has not heard yet', () => {
		for (const composed of ['ready', 'rejected'] as const) {
			const { status } = scene({
				target: { commit: OLD, services: ['web'] },
				...{ images: [`web@${OLD}`], containers: [`web@${OLD}: running`], composed },
			});
			const { target } = scene({ target: { commit: NEW, services: ['web', 'added'] } });
			expect(show(reportOf(status, target).apps?.[APP]), composed).to.deep.equal([
				'c1 done: web Running',
				'c2 downloading: web Downloading 0, added Downloading 0',
			]);
		}
	});
});
