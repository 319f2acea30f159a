import type { World } from '../simulation/world.ts';
import { nothing, target, type GoldenCase } from './cases.ts';

const lockB = (world: World) => {
	world.lockDisk.lockAsUser(1, 'b');
};
const anotherLife = async (world: World) => {
	await world.crash();
	world.systemLog.write('=== another life');
	world.start(world.log);
	await world.clock.advance(1000);
	world.systemLog.write(`=== left: ${[...world.lockDisk.files.keys()].join(', ')}`);
};
const before = target(1, { a: {}, b: {} });
const after = target(2, { a: { version: 2 }, b: {} });
const SUPERVISOR_API = { labels: { 'io.balena.features.supervisor-api': '1' } };

export const lockCases: readonly GoldenCase[] = [
	{
		name: 'a lock of one service blocks its app, with ever longer pauses',
		check: 'planner #7',
		before,
		meddle: lockB,
		after,
		during: async (world) => {
			await world.clock.advance(40_000);
			world.lockDisk.unlockAsUser(1, 'b');
		},
	},
	{
		name: 'a forced update removes the lock',
		check: 'planner #8',
		before,
		meddle: lockB,
		after,
		during: async (world) => {
			await world.clock.advance(2000);
			world.update({ force: true });
		},
	},
	{
		name: 'the lock override removes the lock',
		check: 'planner #9',
		before,
		meddle: (world) => {
			lockB(world);
			world.lockOverride = true;
		},
		after,
	},
	{
		name: 'a hand-over waits for locks',
		check: 'planner #18',
		before: target(1, { a: { labels: { 'io.balena.update.strategy': 'hand-over' } } }),
		meddle: (world) => {
			world.lockDisk.lockAsUser(1, 'a');
		},
		after: target(2, { a: { version: 2, labels: { 'io.balena.update.strategy': 'hand-over' } } }),
	},
	{
		name: 'an app that leaves waits for locks',
		before,
		meddle: lockB,
		after: nothing,
		during: async (world) => {
			await world.clock.advance(5000);
			world.lockDisk.unlockAsUser(1, 'b');
		},
	},
	{
		name: 'locks of an earlier run are kept until the update ends',
		check: 'planner #51',
		before,
		meddle: (world) => {
			for (const path of ['1/a/updates.lock', '1/a/resin-updates.lock', '1/b/updates.lock', '1/b/resin-updates.lock']) {
				world.lockDisk.put(path, 'supervisor');
			}
		},
		after,
		during: anotherLife,
	},
	{
		name: 'locks that were left behind are removed, those of users are not',
		check: 'planner #52',
		before,
		meddle: (world) => {
			world.lockDisk.put('1/a/updates.lock', 'supervisor');
			lockB(world);
		},
		after: before,
		during: anotherLife,
	},
	{
		name: 'without the network of our API its users go without locks',
		check: 'planner #53',
		before: target(1, { p: {}, q: SUPERVISOR_API }),
		meddle: (world) => {
			world.engine.networks.delete('supervisor0');
			world.lockDisk.lockAsUser(1, 'p');
		},
		after: target(1, { p: {}, q: SUPERVISOR_API }),
		during: async (world) => {
			await world.clock.advance(5000);
			world.lockDisk.unlockAsUser(1, 'p');
		},
	},
	{
		name: 'a service that starts with a reboot waits for it',
		check: 'planner #42',
		after: target(1, { a: { labels: { 'io.balena.update.requires-reboot': '1' } }, b: {} }),
		during: async (world) => {
			await world.clock.advance(10_000);
			await world.crash();
			world.host.mark = 'none';
			world.host.booted = world.clock.wall().toISOString();
			world.start(world.log);
		},
	},
	{
		name: 'a reboot that is due waits for locks',
		check: 'planner #44',
		before: target(1, { a: {} }),
		meddle: (world) => {
			world.host.mark = 'required';
			world.lockDisk.lockAsUser(1, 'a');
		},
		after: target(1, { a: {} }),
		during: async (world) => {
			await world.clock.advance(5000);
			world.lockDisk.unlockAsUser(1, 'a');
		},
	},
	{
		name: 'a reboot that is due waits for an update of the operating system',
		check: 'planner #45',
		before: target(1, { a: {} }),
		meddle: (world) => {
			world.host.mark = 'required';
			world.host.updating = true;
		},
		after: target(1, { a: {} }),
		during: async (world) => {
			await world.clock.advance(5000);
			world.host.updating = false;
		},
	},
];
