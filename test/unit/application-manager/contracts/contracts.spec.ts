import { expect } from 'chai';
import * as fc from 'fast-check';
import { join } from 'node:path';
import {
	evaluateContracts,
	parseContract,
	parseKernelFacts,
	type ContractFacts,
} from '../../../../src/application-manager/contracts/index.ts';
import { answerContracts } from '../../../vectors/answer-contracts.ts';
import { runVectors } from '../../../vectors/run-vectors.ts';

const VECTORS = join(import.meta.dirname, '../../../fixtures/vectors');

const DEVICE: ContractFacts = {
	supervisorVersion: '20.0.0',
	deviceType: 'raspberrypi4-64',
	deviceArch: 'aarch64',
	osVersion: '6.3.0+rev4',
	osSlug: 'balena-os',
	kernelVersion: '6.6.31',
	kernelSlug: 'linux',
};

/** The reasons why a service with one requirement cannot run; none if it can. */
function reasonsFor(requirement: unknown, device: ContractFacts = DEVICE): readonly string[] {
	const verdict = evaluateContracts({ main: { labels: {}, contract: { requires: [requirement] } } }, device);
	return verdict.state === 'malformed'
		? verdict.malformed.flatMap(({ issues }) => issues.map(({ path, message }) => `${path}: ${message}`))
		: verdict.services.flatMap(({ unmet }) => unmet.map(({ reason }) => reason));
}

function issuesOf(contract: unknown): readonly string[] {
	const parsed = parseContract(contract);
	return parsed.ok ? [] : parsed.issues.map(({ path, message }) => `${path}: ${message}`);
}

describe('contracts: golden vectors', () => {
	for (const { name, actual, expected } of runVectors(VECTORS, { contracts: answerContracts })) {
		it(name, () => expect(JSON.parse(JSON.stringify(actual))).to.deep.equal(expected));
	}
});

describe('a requirement', () => {
	const held: readonly (readonly [string, unknown])[] = [
		['of the architecture', { type: 'arch.sw', slug: 'aarch64' }],
		['of the device type', { type: 'hw.device-type', slug: 'raspberrypi4-64' }],
		['of a type alone', { type: 'sw.os' }],
		['of a system and its version', { type: 'sw.os', slug: 'balena-os', version: '>=6.1 <7' }],
		['of a version without its build', { type: 'sw.os', version: '6.3.0' }],
		['of one of two ranges', { type: 'sw.supervisor', version: '^14 || ^20' }],
		['of a range with dots left out', { type: 'sw.kernel', slug: 'linux', version: '6.x' }],
		['with nulls for what it leaves open', { type: 'sw.os', slug: null, version: null }],
		['of nothing in particular', { or: [] }],
		['with unknown members', { type: 'sw.os', name: 'an operating system' }],
	];
	for (const [name, requirement] of held) {
		it(`${name} holds`, () => expect(reasonsFor(requirement)).to.deep.equal([]));
	}

	const unmet: readonly (readonly [string, unknown, string])[] = [
		['of another architecture', { type: 'arch.sw', slug: 'amd64' }, 'requires arch.sw amd64, this device has aarch64'],
		[
			'of a later version',
			{ type: 'sw.os', slug: 'balena-os', version: '>6' },
			'requires sw.os balena-os >6, this device has balena-os 6.3.0+rev4',
		],
		[
			'of a later build, which counts as the same version',
			{ type: 'sw.os', version: '>6.3.0+rev3' },
			'requires sw.os >6.3.0+rev3, this device has balena-os 6.3.0+rev4',
		],
		[
			'of a version of what has none',
			{ type: 'arch.sw', slug: 'aarch64', version: '*' },
			'requires arch.sw aarch64 *, this device has aarch64',
		],
		[
			'of a name of what has none',
			{ type: 'sw.supervisor', slug: 'balena-supervisor' },
			'requires sw.supervisor balena-supervisor, this device has 20.0.0',
		],
		[
			'of properties, which no fact has',
			{ type: 'arch.sw', slug: 'aarch64', data: {} },
			'requires arch.sw aarch64 with data, this device has aarch64',
		],
		[
			'of one of two that are both not there',
			{ or: [{ type: 'arch.sw', slug: 'amd64' }, { type: 'sw.l4t' }] },
			'requires arch.sw amd64 or sw.l4t, this device has arch.sw aarch64, sw.l4t none',
		],
	];
	for (const [name, requirement, reason] of unmet) {
		it(`${name} does not hold, and says why`, () => expect(reasonsFor(requirement)).to.deep.equal([reason]));
	}

	it('planner #33: of L4T is not met by a device without it', () => {
		const requirement = { type: 'sw.l4t', version: '>32' };
		expect(reasonsFor(requirement)).to.deep.equal(['requires sw.l4t >32, this device has none']);
		expect(reasonsFor(requirement, { ...DEVICE, l4tVersion: '35.1.0' })).to.deep.equal([]);
	});

	it('planner #34: of one of two systems is met by balenaOS', () => {
		const requirement = {
			or: [
				{ type: 'sw.os', slug: 'ubuntu' },
				{ type: 'sw.os', slug: 'balena-os' },
			],
		};
		expect(reasonsFor(requirement)).to.deep.equal([]);
	});

	it('of a version that is not semantic is met to the letter', () => {
		const ubuntu = { ...DEVICE, osSlug: 'ubuntu', osVersion: '22.04.1' };
		expect(reasonsFor({ type: 'sw.os', version: '22.04.1' }, ubuntu)).to.deep.equal([]);
		expect(reasonsFor({ type: 'sw.os', version: '>=22' }, ubuntu)).to.have.length(1);
	});

	it('of a system asks for a device that knows both its name and its version', () => {
		const { osVersion, ...unversioned } = DEVICE;
		expect(osVersion).to.be.a('string');
		expect(reasonsFor({ type: 'sw.os', slug: 'balena-os' }, unversioned)).to.have.length(1);
	});

	it('with an absurdly long range costs no time', () => {
		const reasons = reasonsFor({ type: 'sw.supervisor', version: '>=1 || '.repeat(1_000_000) });
		expect(reasons[0]).to.have.length.below(200);
	});
});

describe('a release', () => {
	const contract = { requires: [{ type: 'arch.sw', slug: 'amd64' }] };
	const optional = { 'io.balena.features.optional': '1' };
	const stateOf = (services: Parameters<typeof evaluateContracts>[0]) => evaluateContracts(services, DEVICE).state;

	it('is accepted without services or contracts', () => {
		expect(stateOf({})).to.equal('accepted');
		expect(stateOf({ main: { labels: {} }, other: { labels: {}, contract: null } })).to.equal('accepted');
	});

	it('is rejected for one service that has to run and cannot', () => {
		expect(stateOf({ main: { labels: {} }, other: { labels: {}, contract } })).to.equal('rejected');
	});

	it('is accepted if only optional services cannot run', () => {
		expect(stateOf({ main: { labels: {} }, other: { labels: optional, contract } })).to.equal('accepted');
		const off = { 'io.balena.features.optional': 'false' };
		expect(stateOf({ main: { labels: {} }, other: { labels: off, contract } })).to.equal('rejected');
	});

	it('is malformed also for an optional service', () => {
		expect(stateOf({ main: { labels: optional, contract: 'none' } })).to.equal('malformed');
	});
});

describe('a contract', () => {
	const malformed: readonly (readonly [string, unknown, readonly string[]])[] = [
		['that is a list', [], [': expected an object, got a list']],
		['of a type that is no text', { type: 5 }, ['type: expected a string, got 5']],
		['with requirements in a map', { requires: {} }, ['requires: expected a list of requirements, got an object']],
		['with an empty place', { requires: [null] }, ['requires[0]: expected a requirement, got null']],
		[
			'with a requirement without type',
			{ requires: [{ slug: 'x' }] },
			['requires[0].type: expected the type of a requirement, got nothing'],
		],
		[
			'with an unknown type as one of two',
			{ requires: [{ type: 'sw.os' }, { or: [{ type: 'sw.os' }, { type: 'hw.fan' }] }] },
			['requires[1].or[1].type: hw.fan is not a valid contract requirement type'],
		],
		[
			'with choices inside of choices',
			{ requires: [{ or: [{ or: [] }] }] },
			['requires[0].or[0].type: expected the type of a requirement, got nothing'],
		],
		[
			'with a numeric version',
			{ requires: [{ type: 'sw.os', version: 6 }] },
			['requires[0].version: expected a string, got 6'],
		],
		[
			'with data of null',
			{ requires: [{ type: 'sw.os', data: null }] },
			['requires[0].data: expected an object, got null'],
		],
	];
	for (const [name, contract, issues] of malformed) {
		it(`${name} is refused with its path`, () => expect(issuesOf(contract)).to.deep.equal(issues));
	}

	it('with endless mistakes names a few', () => {
		const issues = issuesOf({ requires: Array.from({ length: 10_000 }, () => 0) });
		expect(issues).to.have.length(21);
		expect(issues.at(-1)).to.contain('and 9980 more problems');
	});

	it('of any JSON gives a value or issues', () => {
		fc.assert(fc.property(fc.jsonValue(), (input) => isAnswer(input)));
	});

	it('that almost is one gives a value or issues', () => {
		const text = fc.oneof(fc.constantFrom('sw.os', 'arch.sw', 'sw.l4t', '>1', 'aarch64'), fc.string(), fc.jsonValue());
		const fact = fc.record({ type: text, slug: text, version: text, data: fc.jsonValue() }, { requiredKeys: [] });
		const requirement = fc.oneof(fact, fc.record({ or: fc.array(fact) }), fc.jsonValue());
		const contract = fc.record({ type: text, slug: text, requires: fc.array(requirement) }, { requiredKeys: [] });
		fc.assert(fc.property(contract, (input) => isAnswer(input)));
	});

	function isAnswer(input: unknown): boolean {
		const parsed = parseContract(input);
		const verdict = evaluateContracts({ main: { labels: {}, contract: input } }, DEVICE);
		return (parsed.ok || parsed.issues.length > 0) && (input === null || parsed.ok === (verdict.state !== 'malformed'));
	}
});

describe('what the kernel says of itself', () => {
	const table: readonly (readonly [string, ReturnType<typeof parseKernelFacts>])[] = [
		['6.6.31-v8', { kernelSlug: 'linux', kernelVersion: '6.6.31' }],
		['4.9.140-l4t-r32.4.2', { kernelSlug: 'linux', kernelVersion: '4.9.140', l4tVersion: '32.4.2' }],
		['4.9.140-l4t-r32.4+g8c7b68130d9a', { kernelSlug: 'linux', kernelVersion: '4.9.140', l4tVersion: '32.4.0' }],
		['unknown', { kernelSlug: 'linux' }],
	];
	for (const [release, facts] of table) {
		it(`${release} is ${JSON.stringify(facts)}`, () => {
			expect(parseKernelFacts({ name: 'Linux\n', release: `${release}\n` })).to.deep.equal(facts);
		});
	}
});
