import { expect } from 'chai';
import { applyContracts, type ContractFacts } from '../../../../src/application-manager/contracts/index.ts';
import type { TargetApp, TargetService } from '../../../../src/domain/target.ts';

const DEVICE: ContractFacts = { supervisorVersion: '20.0.0', deviceType: 'qemux86-64', deviceArch: 'amd64' };
const UNMET = { type: 'sw.container', requires: [{ type: 'sw.supervisor', version: '>=99' }] };
const MET = { type: 'sw.container', requires: [{ type: 'sw.supervisor', version: '>=16' }] };
const UNKNOWN = { type: 'sw.container', requires: [{ type: 'sw.spec', version: '1' }] };
const OPTIONAL = { 'io.balena.features.optional': 'true' };

type Services = Readonly<Record<string, { readonly labels?: Record<string, string>; readonly contract?: unknown }>>;

function app(appName: string, services: Services, rejected = false): TargetApp {
	const all = Object.entries(services).map(([name, part]): readonly [string, TargetService] => [
		name,
		{ serviceId: 1, imageId: 2, image: 'i:1', running: true, environment: {}, labels: {}, composition: {}, ...part },
	]);
	return {
		appId: 1,
		appUuid: appName,
		appName,
		class: 'fleet',
		isHost: false,
		rejected,
		release: { releaseId: 3, commit: 'c1', services: Object.fromEntries(all), networks: {}, volumes: {} },
	};
}

const servicesOf = ({ release }: TargetApp) => Object.keys(release?.services ?? {});

describe('the contracts of a target', () => {
	it('that are all met leave it as it is', () => {
		const apps = [app('fleet', { a: { contract: MET }, b: {} })];
		expect(applyContracts(apps, DEVICE)).to.deep.equal({ apps, refused: [], messages: [] });
	});

	it('planner #30: that a service has to meet and does not reject its app, and the user is notified', () => {
		const { apps, refused, messages } = applyContracts([app('fleet', { a: { contract: UNMET }, b: {} })], DEVICE);
		expect(apps.map(({ rejected }) => rejected)).to.deep.equal([true]);
		expect(apps.flatMap(servicesOf)).to.deep.equal(['a', 'b']);
		expect(refused).to.deep.equal([]);
		const message =
			'Some releases were rejected due to having unmet requirements:\n  fleet: Services with unmet requirements: a';
		expect(messages).to.deep.equal([{ message, isError: true }]);
	});

	it('planner #31: that only an optional service does not meet take that service out', () => {
		const target = [app('fleet', { a: { contract: UNMET, labels: OPTIONAL }, b: {} })];
		const { apps, messages } = applyContracts(target, DEVICE);
		expect(apps.map(({ rejected }) => rejected)).to.deep.equal([false]);
		expect(apps.flatMap(servicesOf)).to.deep.equal(['b']);
		const message = 'Not running containers because of contract violations: a';
		expect(messages).to.deep.equal([{ message, isError: false }]);
	});

	it('that several optional services do not meet are reported in one line', () => {
		const unmet = { contract: UNMET, labels: OPTIONAL };
		const { messages } = applyContracts([app('fleet', { a: unmet, b: {}, c: unmet })], DEVICE);
		expect(messages.map(({ message }) => message)).to.deep.equal([
			'Not running containers because of contract violations: a. c',
		]);
	});

	it('planner #32: of an unknown type refuse their app, in words for the user and with the place', () => {
		const { apps, refused } = applyContracts(
			[app('bad', { a: { contract: UNKNOWN } }), app('good', { a: {} })],
			DEVICE,
		);
		expect(apps.map(({ appUuid }) => appUuid)).to.deep.equal(['good']);
		expect(refused).to.deep.equal([
			{
				appUuid: 'bad',
				issues: [
					{
						path: 'apps.bad.releases.c1.services.a.contract.requires[0].type',
						message: 'sw.spec is not a valid contract requirement type',
					},
				],
				lines: [
					'The contract for service a failed validation, with error: sw.spec is not a valid contract requirement type',
				],
			},
		]);
	});

	it('cloud-api #31: of an unknown type are reported in one line that names the service', () => {
		const contract = { requires: [{ type: 'foo.bar' }, { type: 'foo.baz' }] };
		const { refused } = applyContracts([app('fleet', { sensor: { contract } })], DEVICE);
		expect(refused.flatMap(({ lines }) => lines)).to.deep.equal([
			'The contract for service sensor failed validation, with error: foo.bar is not a valid contract requirement type',
		]);
	});

	it('cloud-api #30: name every service that is not met, optional ones too, app by app in one message', () => {
		const { messages } = applyContracts(
			[
				app('one', { a: { contract: UNMET }, b: { contract: UNMET, labels: OPTIONAL }, c: { contract: MET } }),
				app('two', { d: { contract: UNMET } }),
			],
			DEVICE,
		);
		const message = [
			'Some releases were rejected due to having unmet requirements:',
			'  one: Services with unmet requirements: a, b',
			'  two: Services with unmet requirements: d',
		].join('\n');
		expect(messages).to.deep.equal([{ message, isError: true }]);
	});

	it('that are met again end a rejection', () => {
		expect(applyContracts([app('fleet', { a: {} }, true)], DEVICE).apps[0]?.rejected).to.equal(false);
	});

	it('are none of an app without release', () => {
		const { release, ...bare } = app('fleet', {});
		expect(release).to.be.an('object');
		expect(applyContracts([bare], DEVICE).apps).to.deep.equal([bare]);
	});
});
