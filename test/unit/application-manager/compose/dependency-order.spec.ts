import { expect } from 'chai';
import { orderDependencies } from '../../../../src/application-manager/index.ts';
import type { ServiceSpec } from '../../../../src/domain/service.ts';

describe('dependency order', () => {
	const order = (edges: Readonly<Record<string, readonly string[]>>) =>
		orderDependencies(
			Object.entries(edges).map(
				([serviceName, to]) =>
					// Only names and edges matter here.
					({
						identity: { serviceName },
						dependsOn: to.map((service) => ({ service, condition: 'service_started', required: true })),
					}) as unknown as ServiceSpec,
			),
		);

	it('counts plain edges', () => {
		const { counts, cycles } = order({ a: ['b'], b: ['c'], c: [] });
		expect([counts('a', 'b'), counts('b', 'c')]).to.deep.equal([true, true]);
		expect(cycles).to.deep.equal([]);
	});

	it('ignores the edges of a cycle, and only those', () => {
		const { counts, cycles } = order({ a: ['b'], b: ['c'], c: ['b', 'd'], d: [] });
		expect(cycles).to.deep.equal([['b', 'c']]);
		expect([counts('a', 'b'), counts('b', 'c'), counts('c', 'b'), counts('c', 'd')]).to.deep.equal([
			true,
			false,
			false,
			true,
		]);
	});

	it('ignores a service that waits for itself, and services that do not exist', () => {
		const { counts, cycles } = order({ a: ['a', 'z'] });
		expect([counts('a', 'a'), counts('a', 'z')]).to.deep.equal([false, false]);
		expect(cycles).to.deep.equal([['a']]);
	});

	it('follows a chain of ten thousand', () => {
		const edges = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`s${n}`, [`s${n + 1}`]]));
		expect(order(edges).cycles).to.deep.equal([]);
	});
});
