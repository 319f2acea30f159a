import { expect } from 'chai';
import Sinon from 'sinon';
import { ContainerCache } from '../../../../src/adapters/docker/container-cache.ts';
import type { ContainerInspection } from '../../../../src/ports/engine.ts';

describe('container cache', () => {
	function make(ids: string[]) {
		const list = Sinon.spy(() => Promise.resolve(ids.map((id) => ({ id, name: id, image: '', labels: {} }))));
		// Only the id matters here.
		const inspect = Sinon.spy(({ id }: { readonly id: string }) =>
			Promise.resolve(ids.includes(id) ? ({ Id: id } as ContainerInspection) : undefined),
		);
		const inspected = () => inspect.args.map(([{ id }]) => id);
		return { cache: new ContainerCache({ list, inspect }), list, inspected, ids };
	}

	it('asks the engine once until something changes', async () => {
		const { cache, list, inspected } = make(['a', 'b']);
		const first = await cache.list();
		expect(await cache.list()).to.equal(first);
		Sinon.assert.calledOnce(list);
		expect(inspected()).to.deep.equal(['a', 'b']);
	});

	it('inspects only the container that changed, and hands out the same object for the others', async () => {
		const { cache, inspected } = make(['a', 'b']);
		const [a] = await cache.list();
		cache.invalidate('b');
		const [again] = await cache.list();
		expect(again).to.equal(a);
		expect(inspected()).to.deep.equal(['a', 'b', 'b']);
	});

	it('leaves out a container that went away between list and inspection', async () => {
		const { cache, ids } = make(['a']);
		const reading = cache.list();
		ids.length = 0;
		expect(await reading).to.deep.equal([]);
	});

	it('does not keep a reading that was overtaken by a change', async () => {
		const { cache, list } = make(['a']);
		const before = cache.list();
		cache.invalidate('a');
		await before;
		await cache.list();
		Sinon.assert.calledTwice(list);
	});
});
