import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { diffReport, roundMetrics } from '../../../../src/device-state/report/index.ts';

interface Vector {
	readonly name: string;
	readonly input: { readonly last: Record<string, unknown>; readonly current: Record<string, unknown> };
	readonly expected: { readonly diff: unknown; readonly empty: boolean };
}

const VECTORS = JSON.parse(
	readFileSync(new URL('../../../fixtures/targets/report-diff.json', import.meta.url), 'utf8'),
) as readonly Vector[];

describe('device-state/report: diffReport', () => {
	for (const { name, input, expected } of VECTORS) {
		it(name, () => {
			const difference = diffReport(input.last, input.current);
			expect(difference?.body ?? {}).to.deep.equal(expected.diff);
			expect(difference === undefined).to.equal(expected.empty);
		});
	}

	const cases: readonly [string, object, object, unknown][] = [
		['sends a changed field', { a: 1, b: 2 }, { a: 1, b: 3 }, { u: { b: 3 } }],
		[
			'sends apps as a whole when one of them changed',
			{ apps: { x: { r: 1 }, y: { r: 1 } } },
			{ apps: { x: { r: 2 }, y: { r: 1 } } },
			{ u: { apps: { x: { r: 2 }, y: { r: 1 } } } },
		],
		['sends an empty entry when a field disappeared', { a: 1, apps: {} }, { a: 1 }, { u: {} }],
		['Q-5: never sends empty apps', { apps: { x: { r: 1 } } }, { apps: {} }, undefined],
		['distinguishes null from missing', { a: 1 }, { a: null }, { u: { a: null } }],
	];
	for (const [name, last, current, body] of cases) {
		it(name, () => {
			expect(diffReport({ u: last }, { u: current })?.body).to.deep.equal(body);
		});
	}

	it('sends everything under a new uuid, and says nothing of the old one', () => {
		expect(diffReport({ old: { a: 1 } }, { new: { a: 1 } })?.body).to.deep.equal({ new: { a: 1 } });
	});

	it('knows when only metrics changed', () => {
		const only = (last: object, current: object) => diffReport({ u: last }, { u: current })?.metricsOnly;
		expect(only({ cpu_usage: 1, a: 1 }, { cpu_usage: 90, a: 1 })).to.equal(true);
		expect(only({ cpu_usage: 1, a: 1 }, { cpu_usage: 90, a: 2 })).to.equal(false);
		expect(only({ is_undervolted: false }, { is_undervolted: true })).to.equal(false);
		expect(only({ cpu_usage: 1, a: 1 }, { cpu_usage: 90 })).to.equal(false);
	});

	it('keeps the metric that was sent while the value stays in its bucket', () => {
		const last = { cpu_usage: 21, cpu_temp: 44, memory_usage: 100, memory_total: 100 };
		expect(roundMetrics(last, { cpu_usage: 39, cpu_temp: 45, memory_usage: 109, memory_total: 101 })).to.deep.equal({
			cpu_usage: 21,
			cpu_temp: 45,
			memory_usage: 100,
			memory_total: 101,
		});
		expect(roundMetrics(last, { cpu_usage: null })).to.deep.equal({ cpu_usage: null });
		expect(roundMetrics({}, { cpu_usage: 5 })).to.deep.equal({ cpu_usage: 5 });
	});
});
