import { expect } from 'chai';
import { ContainerCache } from '../../../../src/adapters/docker/container-cache.ts';
import type { ContainerInspection } from '../../../../src/ports/engine.ts';

describe('container cache', () => {
	function counting(ids: string[]) {
		const calls = { list: 0, inspect: [] as string[] };
		const cache = new ContainerCache({
			list: () => {
				calls.list += 1;
				return Promise.resolve(ids.map((id) => ({ id, name: id, image: '', labels: {} })));
			},
			inspect: ({ id }) => {
				calls.inspect.push(id);
				// Only the id matters here.
				return Promise.resolve(ids.includes(id) ? ({ Id: id } as ContainerInspection) : undefined);
			},
		});
		return { cache, calls, ids };
	}

	it('asks the engine once until something changes', async () => {
		const { cache, calls } = counting(['a', 'b']);
		const first = await cache.list();
		expect(await cache.list()).to.equal(first);
		expect(calls).to.deep.equal({ list: 1, inspect: ['a', 'b'] });
	});

	it('inspects only the container that changed, and hands out the same object for the others', async () => {
		const { cache, calls } = counting(['a', 'b']);
		const [a] = await cache.list();
		cache.invalidate('b');
		const [again] = await cache.list();
		expect(again).to.equal(a);
		expect(calls.inspect).to.deep.equal(['a', 'b', 'b']);
	});

	it('leaves out a container that went away between list and inspection', async () => {
		const { cache, ids } = counting(['a']);
		const reading = cache.list();
		ids.length = 0;
		expect(await reading).to.deep.equal([]);
	});

	it('does not keep a reading that was overtaken by a change', async () => {
		const { cache, calls } = counting(['a']);
		const before = cache.list();
		cache.invalidate('a');
		await before;
		await cache.list();
		expect(calls.list).to.equal(2);
	});
});
