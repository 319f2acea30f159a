import type { World } from '../simulation/world.ts';
import { target, type GoldenCase, type ServiceOptions } from './cases.ts';

const by = (strategy: string, options: ServiceOptions = {}, timeoutMs?: number): ServiceOptions => ({
	...options,
	labels: {
		'io.balena.update.strategy': strategy,
		...(timeoutMs === undefined ? {} : { 'io.balena.update.handover-timeout': String(timeoutMs) }),
	},
});
const kill = (options?: ServiceOptions) => by('kill-then-download', options);
const handOver = (options?: ServiceOptions) => by('hand-over', options, 5000);
const inNetwork: ServiceOptions = { composition: { networks: ['n'] } };

/** The new container says that it has taken over. */
const complete = (name: string, afterMs: number) => async (world: World) => {
	await world.clock.advance(afterMs);
	world.handOver.completed.add(`1/${name}`);
};

/** The power of the supervisor is cut after a while, and comes back. */
const crashAfter = (ms: number) => async (world: World) => {
	await world.clock.advance(ms);
	await world.crash();
	world.start(world.log);
};

export const strategyCases: readonly GoldenCase[] = [
	{
		name: 'nothing goes before the last image of the release is here',
		check: 'planner #6',
		before: target(1, { a: {}, b: {} }),
		after: target(2, { a: { version: 2 }, b: { version: 2 } }),
	},
	{
		name: 'a rename waits for images, but not with kill-then-download',
		check: 'planner #11',
		before: target(1, { a: {}, b: kill(), c: {} }),
		after: target(2, { a: {}, b: kill(), c: { version: 2 } }),
	},
	{
		name: 'with kill-then-download the old container goes before the download',
		check: 'planner #12',
		before: target(1, { a: kill() }),
		after: target(2, { a: kill({ version: 2 }) }),
	},
	{
		name: 'with delete-then-download the old image goes as well',
		check: 'planner #13',
		before: target(1, { a: by('delete-then-download') }),
		after: target(2, { a: by('delete-then-download', { version: 2 }) }),
	},
	{
		name: 'strategies of one release keep out of each other\'s way',
		check: 'planner #14',
		before: target(1, { a: kill(), b: {} }),
		after: target(2, { a: kill({ version: 2 }), b: { version: 2 } }),
	},
	{
		name: 'a new service with kill-then-download is fetched at once',
		check: 'planner #15',
		before: target(1, { a: {} }),
		after: target(2, { a: { version: 2 }, n: kill() }),
	},
	{
		name: 'a hand-over ends when its time is up',
		check: 'planner #16',
		before: target(1, { a: handOver() }),
		after: target(2, { a: handOver({ version: 2 }) }),
	},
	{
		name: 'a hand-over ends when the new container says so',
		check: 'planner #17',
		before: target(1, { a: handOver() }),
		after: target(2, { a: handOver({ version: 2 }) }),
		during: complete('a', 1000),
	},
	{
		name: 'a hand-over that was interrupted is brought to its end',
		check: 'planner #19',
		before: target(1, { a: handOver() }),
		after: target(2, { a: handOver({ version: 2 }) }),
		during: crashAfter(1000),
	},
	{
		name: 'a hand-over gives way to a kill when the network changes',
		check: 'planner #20',
		before: target(1, { a: handOver(inNetwork) }, { networks: { n: {} } }),
		after: target(2, { a: handOver(inNetwork) }, { networks: { n: { internal: true } } }),
	},
	{
		name: 'a hand-over gives way to a kill when both need the same port',
		before: target(1, { a: handOver({ composition: { ports: ['80:80'] } }) }),
		after: target(2, { a: handOver({ version: 2, composition: { ports: ['80:80'] } }) }),
	},
	{
		name: 'a service with hand-over that leaves the release is killed',
		check: 'planner #21',
		before: target(1, { a: handOver(), b: {} }),
		after: target(2, { b: {} }),
	},
];
