import type { FakeContainer } from '../support/fake-engine-objects.ts';
import type { World } from '../simulation/world.ts';
import { target, type GoldenCase } from './cases.ts';

const one = target(1, { a: {} });
const only = (world: World): FakeContainer => [...world.engine.containers.values()][0] as FakeContainer;

/** The process ends, and the engine does not start it again. */
const endByItself = (world: World) => {
	const container = only(world);
	const { body } = container;
	container.body = { ...body, HostConfig: {} };
	world.engine.exit(container.id, 1);
	container.body = body;
	container.output = ['starting', 'fatal: no configuration'];
};

export const driftCases: readonly GoldenCase[] = [
	{
		name: 'a service that ends by itself again and again waits longer each time',
		before: one,
		meddle: endByItself,
		after: one,
		during: async (world) => {
			for (let turn = 0; turn < 3; turn++) {
				await world.clock.advance(100);
				endByItself(world);
				await world.clock.advance(1000);
				world.systemLog.write(`=== ${only(world).status} one second later`);
				await world.clock.advance(60_000);
				world.systemLog.write(`=== ${only(world).status} a minute later`);
			}
		},
	},
	{
		name: 'a service that waits for another one for long is explained to the user once',
		after: target(1, {
			a: {},
			b: { composition: { depends_on: { a: { condition: 'service_completed_successfully' } } } },
		}),
	},
	{
		name: 'a container that was renamed gets its name back',
		before: one,
		meddle: (world) => {
			only(world).name = 'mine';
		},
		after: one,
	},
	{
		name: 'a container that was paused is unpaused',
		before: one,
		meddle: (world) => {
			world.engine.pauseByHand(only(world).id);
		},
		after: one,
	},
	{
		name: 'of two containers of a service the newer one stays',
		check: 'planner #41',
		before: one,
		meddle: (world) => {
			const twin = { ...only(world), id: 'f'.repeat(64), name: 'twin', created: '1970-01-01T00:00:00.000Z' };
			world.engine.containers.set(twin.id, twin);
		},
		after: one,
	},
];
