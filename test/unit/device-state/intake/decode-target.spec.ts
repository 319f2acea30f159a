import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { decodeTarget } from '../../../../src/device-state/intake/index.ts';
import type { TargetDocument } from '../../../../src/domain/target.ts';

const UUID = '1a2b3c4d5e6f70819293a4b5c6d7e8f9';
const VECTORS = new URL('../../../fixtures/targets/target-validation.json', import.meta.url);
const RECORDINGS = new URL('../../../fixtures/cloud/', import.meta.url);

interface Vector {
	readonly name: string;
	readonly input: { readonly format: string; readonly document: Record<string, unknown> };
	readonly expected: { readonly valid: boolean; readonly decoded?: Record<string, DeviceTree> };
}
/** A target as it is sent: the nesting is known, the leaves may be anything. */
type Leaves<Names extends string> = { [Name in Names]?: unknown };
type ServiceTree = Leaves<
	'id' | 'image_id' | 'image' | 'running' | 'environment' | 'labels' | 'contract' | 'composition'
>;
type ReleaseTree = Leaves<'id' | 'networks' | 'volumes'> & { services: Record<string, ServiceTree> };
type AppTree = Leaves<'id' | 'name' | 'class' | 'is_host'> & { releases?: Record<string, ReleaseTree> | null };
type DeviceTree = Leaves<'name' | 'config'> & { apps: Record<string, AppTree> };

/** Where we differ from what the vectors recorded, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
	'empty document': 'valid by the schema, but without an entry for this device it is no target (spec: cloud-api 6.4)',
	'network null': 'the real cloud passes a bare definition on as null',
};

/** What the vectors show as decoded, in the form of our document. */
function documentOf(device: DeviceTree): unknown {
	return {
		name: device.name,
		config: device.config,
		apps: Object.entries(device.apps).map(([appUuid, app]) => {
			const [first] = Object.entries(app.releases ?? {});
			return {
				appId: app.id,
				appUuid,
				appName: app.name,
				class: app.class,
				isHost: app.is_host ?? false,
				rejected: false,
				...(first && { release: releaseOf(first[0], first[1]) }),
			};
		}),
	};
}

function releaseOf(commit: string, release: ReleaseTree): unknown {
	const services = Object.entries(release.services).map(([name, service]) => [
		name,
		{
			serviceId: service.id,
			imageId: service.image_id,
			image: service.image,
			running: service.running,
			environment: service.environment,
			labels: service.labels,
			...(service.contract !== undefined && { contract: service.contract }),
			composition: service.composition ?? {},
		},
	]);
	const { networks, volumes } = release;
	return { releaseId: release.id, commit, services: Object.fromEntries(services) as unknown, networks, volumes };
}

const IMAGE = `registry.test/v2/abc@sha256:${'a'.repeat(64)}`;

/** A good target, with one value changed. */
interface Parts {
	readonly root: Record<string, unknown>;
	readonly device: DeviceTree;
	readonly app: AppTree;
	readonly release: ReleaseTree;
	readonly service: ServiceTree;
}

function target(change: (parts: Parts) => void): Record<string, unknown> {
	const service: ServiceTree = { id: 1, image_id: 2, image: IMAGE, environment: {}, labels: {} };
	const release: ReleaseTree = { id: 3, services: { web: service } };
	const app: AppTree = { id: 4, name: 'app', releases: { c0ffee: release } };
	const device: DeviceTree = { name: 'dev', config: {}, apps: { a1: app } };
	const root: Record<string, unknown> = { [UUID]: device };
	change({ root, device, app, release, service });
	return root;
}

function problemsOf(input: unknown): readonly string[] {
	const decoded = decodeTarget(input, UUID);
	return decoded.ok ? [] : decoded.issues.map(({ path, message }) => `${path}: ${message}`);
}

function good(input: unknown): TargetDocument {
	const decoded = decodeTarget(input, UUID);
	expect(decoded).to.have.property('ok', true);
	return (decoded as { value: TargetDocument }).value;
}

describe('device-state/target: decodeTarget', () => {
	describe('agrees with the recorded decisions', () => {
		const vectors = (JSON.parse(readFileSync(VECTORS, 'utf8')) as Vector[]).filter(
			({ input }) => input.format === 'target-state-v3',
		);
		for (const { name, input, expected } of vectors) {
			if (name in DIFFERENCES) {
				it(`except: ${name}: ${DIFFERENCES[name]}`, () => {
					expect(decodeTarget(input.document, UUID).ok).to.equal(!expected.valid);
				});
				continue;
			}
			it(name, () => {
				const decoded = decodeTarget(input.document, UUID);
				expect(decoded.ok).to.equal(expected.valid);
				if (decoded.ok) {
					expect(decoded.value).to.deep.equal(documentOf(expected.decoded![UUID]!));
				}
			});
		}
	});

	describe('takes every target that the real cloud sent', () => {
		for (const file of readdirSync(RECORDINGS).filter((name) => name.startsWith('target-state-'))) {
			const { request, response } = JSON.parse(readFileSync(new URL(file, RECORDINGS), 'utf8')) as {
				request: { path: string };
				response: { status: number; body: Record<string, unknown> | null };
			};
			if (request.path.startsWith('/device/v3/') && response.status === 200 && response.body !== null) {
				it(file, () => {
					const [uuid = ''] = Object.keys(response.body!);
					expect(decodeTarget(response.body, uuid)).to.have.property('ok', true);
				});
			}
		}
	});

	describe('cloud-api #27: refuses the whole target, and says where and why', () => {
		const release = 'apps.a1.releases.c0ffee';
		const service = `${release}.services.web`;
		const cases: readonly [string, Parameters<typeof target>[0], string][] = [
			[
				'env value number',
				(t) => (t.service.environment = { A: 5 }),
				`${service}.environment.A: expected a string, got 5`,
			],
			['env name', (t) => (t.service.environment = { 'A-B': '' }), `${service}.environment.A-B: expected a name of`],
			['label name with space', (t) => (t.service.labels = { 'a b': '' }), `${service}.labels.a b: expected a name of`],
			['config value boolean', (t) => (t.device.config = { A: true }), 'config.A: expected a string, got true'],
			['service name', (t) => (t.release.services = { _x: t.service }), `${release}.services._x: expected a name of`],
			[
				'volume value string',
				(t) => (t.release.volumes = { v: 'x' }),
				`${release}.volumes.v: expected an object, got "x"`,
			],
			['running text', (t) => (t.service.running = 'true'), `${service}.running: expected true or false, got "true"`],
			['class', (t) => (t.app.class = 'foo'), 'apps.a1.class: expected one of fleet, app, block, got "foo"'],
			['app id', (t) => (t.app.id = -1), 'apps.a1.id: expected a whole number of 0 or more, got -1'],
			['missing labels', (t) => delete t.service.labels, `${service}.labels: expected an object, got nothing`],
			['device name', (t) => (t.device.name = 'a\nb'), 'name: expected a name on one line, got "a\\nb"'],
			[
				'long image',
				(t) => (t.service.image = 'i'.repeat(256)),
				`${service}.image: expected at most 255 characters, got "iiii`,
			],
			['contract null', (t) => (t.service.contract = null), `${service}.contract: expected an object, got null`],
			['is_host null', (t) => (t.app.is_host = null), 'apps.a1.is_host: expected true or false, got null'],
			[
				'foreign device',
				(t) => (t.root.other = { name: 'x', apps: {} }),
				'other.config: expected an object, got nothing',
			],
		];
		for (const [name, change, problem] of cases) {
			it(name, () => {
				const problems = problemsOf(target(change));
				expect(problems).to.have.length(1);
				expect(problems[0]).to.include(problem);
				expect(decodeTarget(target(change), UUID)).to.have.property('because', 'schema');
			});
		}
	});

	it('cloud-api #28: fills in what is missing or null', () => {
		const document = good(
			target(({ device, app, release, service }) => {
				app.id = '12';
				Object.assign(release, { services: { web: service }, volumes: null, networks: null, extra: 1 });
				Object.assign(service, { running: null, image: 'alpine', extra: true });
				Object.assign(device, { name: '', config: { 'A:B': '1' } });
				app.class = null;
				device.apps.a2 = { id: 5, name: 'empty', releases: null };
			}),
		);
		expect(document.name).to.equal('');
		expect(document.config).to.deep.equal({ 'A:B': '1' });
		const [app, empty] = document.apps;
		expect(app).to.include({ appId: 12, class: 'fleet', isHost: false });
		expect(app?.release).to.include({ commit: 'c0ffee', releaseId: 3 });
		expect(app?.release?.services.web).to.include({ image: 'alpine:latest', running: true });
		expect(empty).not.to.have.property('release');
	});

	it('cloud-observed 7: takes `volumes: {v: null}` and `command: null` as the real cloud sends them', () => {
		const { apps } = good(
			target(({ release, service }) => {
				Object.assign(release, { volumes: { v: null }, networks: { back: null } });
				service.composition = { command: null, environment: ['A=b'] };
			}),
		);
		expect(apps[0]?.release?.volumes).to.deep.equal({ v: {} });
		expect(apps[0]?.release?.networks).to.deep.equal({ back: {} });
		expect(apps[0]?.release?.services.web?.composition).to.deep.equal({ command: null, environment: ['A=b'] });
	});

	it('cloud-api #32: uses the first of two releases', () => {
		const two = target(({ app, release }) => (app.releases = { bbb: release, aaa: { id: 9, services: {} } }));
		expect(good(two).apps[0]?.release?.commit).to.equal('bbb');
	});

	it('cloud-api #33: distinguishes a target for another device from a wrong one', () => {
		const { [UUID]: device } = target(() => undefined);
		expect(decodeTarget({ other: device }, UUID)).to.deep.equal({
			ok: false,
			because: 'device',
			issues: [{ path: '', message: `expected an entry for device ${UUID}` }],
		});
	});

	it('names an image reference that cannot be read', () => {
		const bad = target(({ service }) => (service.image = 'a@sha256:xyz'));
		expect(decodeTarget(bad, UUID)).to.have.property('because', 'image');
		expect(problemsOf(bad)).to.deep.equal([
			'apps.a1.releases.c0ffee.services.web.image: expected an image reference, got "a@sha256:xyz"',
		]);
	});

	it('keeps members with the names of built-in ones to themselves', () => {
		const text = JSON.stringify(target(() => undefined)).replace(
			'"environment":{}',
			'"environment":{"__proto__":"x","constructor":"y"}',
		);
		const environment = good(JSON.parse(text)).apps[0]?.release?.services.web?.environment;
		expect(Object.entries(environment!)).to.deep.equal([
			['__proto__', 'x'],
			['constructor', 'y'],
		]);
		expect(Object.getPrototypeOf(environment)).to.equal(Object.prototype);
		expect(problemsOf(JSON.parse('{"__proto__":{"name":"x","config":{},"apps":{}}}'))).to.have.length(1);
	});

	it('does not take inherited members for members', () => {
		const device: unknown = Object.create({ name: 'dev', config: {}, apps: {} });
		expect(problemsOf({ [UUID]: device })).to.have.length(3);
	});

	it('stops counting problems at some hundred, and keeps each short', () => {
		const config = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`A${n}`, n]));
		const problems = problemsOf(target(({ device }) => (device.config = config)));
		expect(problems).to.have.length(101);
		expect(problems.at(-1)).to.equal(': and 400 more problems');
		const long = problemsOf(target(({ app }) => (app.class = 'x'.repeat(10_000))));
		expect(long[0]!.length).to.be.lessThan(200);
	});

	it('refuses what is nested too deep without running out of stack', () => {
		let deep: unknown = {};
		for (let n = 0; n < 200_000; n++) {
			deep = { a: deep };
		}
		expect(problemsOf(target(({ service }) => (service.composition = deep)))).to.deep.equal([
			': nested more than 100 levels deep',
		]);
	});

	it('never throws', () => {
		const json = fc.jsonValue();
		fc.assert(
			fc.property(json, (input) => {
				decodeTarget(input, UUID);
			}),
		);
		const device = fc.record({ name: json, config: json, apps: fc.dictionary(fc.string(), json) });
		const app = fc.record({ id: json, name: json, class: json, releases: fc.dictionary(fc.string(), json) });
		fc.assert(
			fc.property(fc.dictionary(fc.constantFrom(UUID, '__proto__', 'x'), device), app, (input, extra) => {
				decodeTarget(input, UUID);
				decodeTarget({ [UUID]: { name: '', config: {}, apps: { a: extra } } }, UUID);
			}),
		);
	});
});
