import { expect } from 'chai';
import * as fc from 'fast-check';
import { join } from 'node:path';
import { convertV2Apps, convertV2Target, decodeV2Target } from '../../../../../src/device-state/intake/legacy/index.ts';
import { answerLegacy } from '../../../../vectors/answer-legacy.ts';
import { runVectors } from '../../../../vectors/run-vectors.ts';

const VECTORS = join(import.meta.dirname, '../../../../fixtures/vectors');
const DEVICE = { uuid: '1a2b3c4d5e6f70819293a4b5c6d7e8f9', name: 'my-device' };

const SERVICE = {
	imageId: 1,
	serviceId: 99,
	serviceName: 'main',
	image: 'local_image_main:latest',
	running: true,
	environment: { FOO: 'bar' },
	labels: {},
	restart: 'always',
	network_mode: 'host',
	depends_on: ['db'],
};
const APP = {
	name: 'localapp',
	commit: '10ca12e1ea5e',
	releaseId: '1',
	services: { '1': SERVICE },
	volumes: { data: {} },
	networks: {},
};

function issuesOf(document: unknown): readonly string[] {
	const decoded = decodeV2Target(document, DEVICE);
	return decoded.ok ? [] : decoded.issues.map(({ path, message }) => `${path}: ${message}`);
}

const withApps = (apps: unknown) => ({ local: { apps } });
const withApp = (part: object) => withApps({ '1': { ...APP, ...part } });
const withService = (part: object) => withApp({ services: { '1': { ...SERVICE, ...part } } });

describe('legacy conversion: golden vectors', () => {
	for (const { name, actual, expected } of runVectors(VECTORS, { 'legacy-conversion': answerLegacy })) {
		it(name, () => expect(JSON.parse(JSON.stringify(actual))).to.deep.equal(expected));
	}
});

describe('a v2 target', () => {
	it('becomes the target of this device', () => {
		const config = { SUPERVISOR_LOCAL_MODE: '1' };
		const document = { force: false, dependent: { apps: {} }, local: { name: 'new', config, apps: { '1': APP } } };
		expect(decodeV2Target(document, DEVICE)).to.deep.equal({
			ok: true,
			value: {
				name: 'new',
				config,
				apps: [
					{
						appId: 1,
						appUuid: '1',
						appName: 'localapp',
						class: 'fleet',
						isHost: false,
						rejected: false,
						release: {
							commit: '10ca12e1ea5e',
							releaseId: 1,
							networks: {},
							volumes: { data: {} },
							services: {
								main: {
									serviceId: 1,
									imageId: 1,
									image: 'local_image_main:latest',
									running: true,
									environment: { FOO: 'bar' },
									labels: {},
									composition: { restart: 'always', network_mode: 'host', depends_on: ['db'] },
								},
							},
						},
					},
				],
			},
		});
	});

	const empty: readonly unknown[] = [
		{},
		{ local: null },
		{ local: 'nothing' },
		{ local: [] },
		{ local: {} },
		{ local: { name: null, config: null, apps: null } },
		withApps([]),
	];
	for (const document of empty) {
		it(`that says ${JSON.stringify(document)} is an empty one, under the name that the device has`, () => {
			const value = { name: 'my-device', config: {}, apps: [] };
			expect(decodeV2Target(document, DEVICE)).to.deep.equal({ ok: true, value });
		});
	}

	for (const commit of [undefined, null, '']) {
		it(`has no release in an app whose commit is ${JSON.stringify(commit)}`, () => {
			const decoded = decodeV2Target(withApp({ commit }), DEVICE);
			expect(decoded.ok && decoded.value.apps[0]?.release).to.equal(undefined);
			expect(decoded.ok && decoded.value.apps).to.have.length(1);
		});
	}

	it('takes an empty list for an empty map', () => {
		expect(issuesOf(withApp({ services: [] }))).to.deep.equal([]);
	});

	const refused: readonly (readonly [string, unknown, string])[] = [
		['that is a list', [], ': expected an object, got a list'],
		['that is nothing', undefined, ': expected an object, got nothing'],
		['with a list of apps', withApps([APP]), 'local.apps: expected an object, got a list'],
		['device-api #46: with null for an app', withApps({ '1': null }), 'local.apps.1: expected an object, got null'],
		[
			'with a word for an id',
			withApps({ abc: APP }),
			'local.apps.abc: expected the id of an app as its key, got "abc"',
		],
		[
			'with a second spelling of an id',
			withApps({ '07': APP }),
			'local.apps.07: expected the id of an app as its key, got "07"',
		],
		[
			'with null for a service',
			withApp({ services: { '1': null } }),
			'local.apps.1.services.1: expected an object, got null',
		],
		[
			'with a service without a name',
			withService({ serviceName: undefined }),
			'local.apps.1.services.1.serviceName: expected a string, got nothing',
		],
		['with a number for a commit', withApp({ commit: 5 }), 'local.apps.1.commit: expected a string, got 5'],
		[
			'with a release without id',
			withApp({ releaseId: undefined }),
			'apps.1.releases.10ca12e1ea5e.id: expected a whole number of 0 or more, got nothing',
		],
		[
			'with a service without labels',
			withService({ labels: undefined }),
			'apps.1.releases.10ca12e1ea5e.services.main.labels: expected an object, got nothing',
		],
		[
			'device-api #45: with a boolean for a variable of the configuration',
			{ local: { config: { SUPERVISOR_LOCAL_MODE: true } } },
			'config.SUPERVISOR_LOCAL_MODE: expected a string, got true',
		],
	];
	for (const [name, document, issue] of refused) {
		it(`${name} is refused with its path`, () => expect(issuesOf(document)).to.include(issue));
	}

	for (const key of ['', '-1', '1.5', '1e3', 'Infinity', 'NaN', '99999999999999999999']) {
		it(`with ${JSON.stringify(key)} for an id is refused`, () => {
			const issue = `local.apps.${key}: expected the id of an app as its key, got "${key}"`;
			expect(issuesOf(withApps({ [key]: APP }))).to.deep.equal([issue]);
		});
	}

	it('puts its apps under their uuids where they come from the cloud', () => {
		const uuids = new Map([[1, 'abcd']]);
		const converted = convertV2Apps({ '1': APP }, uuids);
		expect(converted.ok && Object.keys(converted.value)).to.deep.equal(['abcd']);
		expect(convertV2Apps({ '1': APP, '2': APP }, uuids)).to.deep.equal({
			ok: false,
			issues: [{ path: 'apps.2', message: 'expected an app whose uuid is known, got 2' }],
		});
	});

	it('cannot reach what all objects share', () => {
		const service = JSON.parse(`{"serviceName":"__proto__","__proto__":{"image":"evil"}}`) as object;
		const document = JSON.parse(JSON.stringify(withApps({ '1': APP }))) as ReturnType<typeof withApps>;
		const apps = {
			'1': { ...(document.local.apps as { '1': object })['1'], commit: '__proto__', services: { '1': service } },
		};
		expect(decodeV2Target(withApps(apps), DEVICE).ok).to.equal(false);
		expect(({} as { image?: string }).image).to.equal(undefined);
	});

	it('of any JSON gives a value or issues', () => {
		const service = fc.oneof(fc.record({ serviceName: fc.jsonValue(), image: fc.jsonValue() }), fc.jsonValue());
		const key = fc.oneof(fc.nat().map(String), fc.string());
		const member = fc.oneof(fc.string(), fc.jsonValue());
		const app = fc.record(
			{ name: member, commit: member, releaseId: member, services: fc.oneof(fc.dictionary(key, service), member) },
			{ requiredKeys: [] },
		);
		const apps = fc.oneof(fc.dictionary(key, fc.oneof(app, fc.jsonValue())), fc.jsonValue());
		const document = fc.oneof(
			fc.record({ local: fc.record({ name: member, config: member, apps }, { requiredKeys: [] }) }),
			fc.jsonValue(),
		);
		fc.assert(
			fc.property(document, (input) => {
				const converted = convertV2Target(input, DEVICE);
				const decoded = decodeV2Target(input, DEVICE);
				expect(converted.ok || converted.issues.length > 0).to.equal(true);
				expect(decoded.ok || decoded.issues.length > 0).to.equal(true);
			}),
		);
	});
});
