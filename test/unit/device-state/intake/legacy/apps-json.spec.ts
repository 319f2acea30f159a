import { expect } from 'chai';
import * as fc from 'fast-check';
import { join } from 'node:path';
import {
	convertSingleContainerApps,
	decodeAppsJson,
	detectAppsJson,
	listAppIds,
	unwrapAppsJson,
} from '../../../../../src/device-state/intake/legacy/index.ts';
import { answerAppsJson } from '../../../../vectors/answer-legacy.ts';
import { runVectors } from '../../../../vectors/run-vectors.ts';

const VECTORS = join(import.meta.dirname, '../../../../fixtures/targets');

const SINGLE = {
	appId: '12',
	name: 'demo',
	commit: '9c0d',
	imageId: 'registry.test/img',
	env: { K: 'v', RESIN_SUPERVISOR: 'x' },
	config: { RESIN_SUPERVISOR_DELTA: '1' },
};
const SERVICE = { id: 5, image_id: 6, image: 'registry.test/img', environment: {}, labels: {} };
const APP = { id: 12, name: 'demo', releases: { c0d: { id: 34, services: { web: SERVICE } } } };
const V2_SERVICE = { imageId: 6, serviceName: 'web', image: 'registry.test/img', environment: {}, labels: {} };
const V2_APP = { name: 'demo', commit: 'c0d', releaseId: 34, services: { '5': V2_SERVICE }, volumes: {}, networks: {} };

function issuesOf(document: unknown): readonly string[] {
	const decoded = decodeAppsJson(document);
	return decoded.ok ? [] : decoded.issues.map(({ path, message }) => `${path}: ${message}`);
}

describe('apps.json: golden vectors', () => {
	for (const { name, actual, expected } of runVectors(VECTORS, { 'target-validation': answerAppsJson })) {
		it(name, () => expect(actual).to.deep.equal(expected));
	}
});

describe('apps.json', () => {
	it('dev-tools #34: of nothing is nothing', () => {
		const value = { config: {}, apps: [], pinDevice: false };
		for (const document of [{}, { config: null, apps: null }, []]) {
			expect(decodeAppsJson(document)).to.deep.equal({ ok: true, value });
		}
	});

	it('dev-tools #34: v3 is taken as it is', () => {
		const decoded = decodeAppsJson({
			config: { RESIN_HOST_CONFIG_gpu_mem: '64' },
			apps: { f2a1: APP },
			pinDevice: true,
		});
		expect(decoded.ok && decoded.value.config).to.deep.equal({ RESIN_HOST_CONFIG_gpu_mem: '64' });
		expect(decoded.ok && decoded.value.pinDevice).to.equal(true);
		expect(decoded.ok && decoded.value.apps.map(({ appUuid, appId }) => [appUuid, appId])).to.deep.equal([
			['f2a1', 12],
		]);
		expect(decoded.ok && Object.keys(decoded.value.apps[0]?.release?.services ?? {})).to.deep.equal(['web']);
	});

	it('dev-tools #34: v2 needs the uuids of its apps, and is then the same as v3', () => {
		const document = { config: { A: 'b' }, apps: { '12': V2_APP }, pinDevice: 'yes' };
		expect(detectAppsJson(document)).to.equal('v2');
		expect(listAppIds(document)).to.deep.equal([12]);
		expect(issuesOf(document)).to.deep.equal([
			'apps: Cannot migrate from v2 apps.json without Internet connectivity. Please use balenaCLI v13.5.1+ for offline preload support.',
		]);
		const v3 = decodeAppsJson({ config: { A: 'b' }, apps: { f2a1: APP }, pinDevice: true });
		expect(v3.ok).to.equal(true);
		expect(decodeAppsJson(document, new Map([[12, 'f2a1']]))).to.deep.equal(v3);
	});

	it('of 2021, v2 in all but its keys, needs no cloud for the uuids', () => {
		const document = {
			config: { A: 'b' },
			apps: { f2a1: { ...V2_APP, appId: 12, type: 'supervised' } },
			pinDevice: true,
		};
		expect(detectAppsJson(document)).to.equal('v2');
		expect(listAppIds(document)).to.deep.equal([]);
		const v3 = decodeAppsJson({ config: { A: 'b' }, apps: { f2a1: APP }, pinDevice: true });
		expect(v3.ok).to.equal(true);
		expect(decodeAppsJson(document)).to.deep.equal(v3);
		expect(decodeAppsJson(document, new Map())).to.deep.equal(v3);
	});

	it('in a member of its own is the document in there', () => {
		const document = { name: 'device', config: {}, apps: { f2a1: APP } };
		for (const wrapped of [
			{ local: document },
			{ local: document, dependent: { apps: {} } },
			{ ['d'.repeat(32)]: document },
		]) {
			expect(unwrapAppsJson(wrapped)).to.equal(document);
		}
		for (const plain of [
			document,
			{},
			[SINGLE],
			null,
			{ apps: { apps: {} } },
			{ a: document, b: document },
			{ a: { b: 1 } },
		]) {
			expect(unwrapAppsJson(plain)).to.equal(plain);
		}
	});

	it('dev-tools #34: of single-container apps holds the last of them, with the configuration of all', () => {
		const decoded = decodeAppsJson([{ ...SINGLE, appId: 1, config: { A: 'b', RESIN_SUPERVISOR_DELTA: '0' } }, SINGLE]);
		expect(decoded.ok && decoded.value.config).to.deep.equal({ A: 'b', RESIN_SUPERVISOR_DELTA: '1' });
		expect(decoded.ok && decoded.value.apps.map(({ appUuid, appId }) => [appUuid, appId])).to.deep.equal([
			['user-app', 12],
		]);
		const main = decoded.ok ? decoded.value.apps[0]?.release?.services['main'] : undefined;
		expect(main?.environment).to.deep.equal({ K: 'v' });
		expect(main?.image).to.equal('registry.test/img:latest');
		expect(main?.labels['io.resin.update.strategy']).to.equal('download-then-kill');
		expect(main?.composition).to.deep.equal({
			restart: 'always',
			privileged: true,
			networkMode: 'host',
			volumes: ['resin-data:/data'],
		});
	});

	it('takes an app for v3 whose uuid happens to be all digits', () => {
		const apps = { ['1234567890'.repeat(3) + '12']: APP };
		expect(detectAppsJson({ apps })).to.equal('v3');
		expect(issuesOf({ apps })).to.deep.equal([]);
	});

	const refused: readonly (readonly [string, unknown, string])[] = [
		['that is null', null, ': expected an object, got null'],
		[
			'with an app without release',
			{ apps: { f2a1: { ...APP, releases: {} } } },
			'apps.f2a1.releases: expected a release, got nothing',
		],
		[
			'with null for releases',
			{ apps: { f2a1: { ...APP, releases: null } } },
			'apps.f2a1.releases: expected a release, got nothing',
		],
		['with members of another format only', { releases: {} }, ': none of the formats of apps.json: neither'],
		['with two devices', { a: { apps: {} }, b: { apps: {} } }, ': none of the formats of apps.json: neither'],
		[
			'with a list of apps with services',
			[{ ...V2_APP, appId: 12 }],
			': a list of apps with services, as alphas of supervisor 7.0',
		],
		[
			'of 2021 with an id that is none',
			{ apps: { f2a1: { ...V2_APP, appId: 'x' } } },
			'apps.f2a1.appId: expected a whole number of 0 or more, got "x"',
		],
		['with a word to pin', { pinDevice: 'true' }, 'pinDevice: expected true or false, got "true"'],
		['with null to pin', { pinDevice: null }, 'pinDevice: expected true or false, got null'],
		['with a number for a variable', { config: { A: 1 } }, 'config.A: expected a string, got 1'],
		['with a list of apps', { apps: [APP] }, 'apps: expected an object, got a list'],
		[
			'with an app without id',
			{ apps: { f2a1: { ...APP, id: undefined } } },
			'apps.f2a1.id: expected a whole number of 0 or more, got nothing',
		],
		['with null for a single-container app', [SINGLE, null], '[1]: expected an object, got null'],
		[
			'with a single-container app without commit',
			[{ ...SINGLE, commit: undefined }],
			'[0].commit: expected a string, got nothing',
		],
		['with a text for the environment', [{ ...SINGLE, env: 'A=b' }], '[0].env: expected an object, got "A=b"'],
		['with a list for the configuration', [{ ...SINGLE, config: [] }], '[0].config: expected an object, got a list'],
		[
			'with a single-container app without image',
			[{ ...SINGLE, imageId: undefined }],
			'apps.user-app.releases.9c0d.services.main.image: expected a string, got nothing',
		],
	];
	for (const [name, document, issue] of refused) {
		it(`${name} is refused with its path`, () => expect(issuesOf(document).join('\n')).to.include(issue));
	}

	it('is refused with all of its issues at once', () => {
		expect(issuesOf({ pinDevice: 1, config: { A: 1 } })).to.deep.equal([
			'pinDevice: expected true or false, got 1',
			'config.A: expected a string, got 1',
		]);
	});

	it('of any JSON gives a value or issues', () => {
		const member = fc.oneof(fc.string(), fc.jsonValue());
		const single = fc.record(
			{ appId: member, name: member, commit: member, imageId: member, env: member, config: member },
			{ requiredKeys: [] },
		);
		const key = fc.oneof(fc.nat().map(String), fc.string());
		const document = fc.oneof(
			fc.array(fc.oneof(single, fc.jsonValue())),
			fc.record({ config: member, apps: fc.oneof(fc.dictionary(key, member), member), pinDevice: member }),
			fc.jsonValue(),
		);
		fc.assert(
			fc.property(document, fc.option(fc.dictionary(fc.nat().map(String), fc.string())), (input, uuids) => {
				const known = uuids && new Map(Object.entries(uuids).map(([id, uuid]) => [Number(id), uuid]));
				for (const answer of [decodeAppsJson(input, known ?? undefined), convertSingleContainerApps(input)]) {
					expect(answer.ok || answer.issues.length > 0).to.equal(true);
				}
			}),
		);
	});
});
