import type { RequestBody } from '../../src/domain/request.ts';
import type { World } from '../simulation/world.ts';
import { target, type GoldenCase } from './cases.ts';

const idsOf = (world: World) => [...world.engine.containers.keys()];
const only = (world: World) => idsOf(world)[0] ?? '';

/** Asks, and notes how it ended among the lines of the log. */
const ask =
	(bodyOf: (world: World) => RequestBody, options: { readonly force?: boolean } = {}) =>
	(world: World) => {
		void world.submit(bodyOf(world), options).then((outcome) => {
			world.systemLog.write(`=> ${JSON.stringify(outcome)}`);
		});
	};
const restart = (world: World): RequestBody => ({ kind: 'restartApp', appId: 1, containers: idsOf(world) });
const purge = (world: World): RequestBody => ({
	kind: 'purgeApp',
	appId: 1,
	containers: idsOf(world),
	networks: [...world.engine.networks.values()].filter(({ Name }) => Name !== 'supervisor0').map(({ Id }) => Id),
	volumes: [...world.engine.volumes.keys()],
});
const stop = (world: World): RequestBody => ({
	kind: 'stopService',
	appId: 1,
	serviceName: 'a',
	containerId: only(world),
});
const changeHost = (): RequestBody => ({ kind: 'changeHostConfig', change: { hostname: 'h' } });
const one = target(1, { a: {} });
const withVolume = target(1, { a: { composition: { volumes: ['v:/data'] } } }, { volumes: { v: {} } });

export const requestCases: readonly GoldenCase[] = [
	{
		name: 'a purge removes containers, networks and volumes, and makes them again',
		check: 'planner #54',
		before: withVolume,
		meddle: ask(purge),
		after: withVolume,
	},
	{
		name: 'a restart joins a service to the new container of the other',
		check: 'planner #55',
		before: target(1, { a: {}, b: { composition: { network_mode: 'service:a' } } }),
		meddle: ask(restart),
		after: target(1, { a: {}, b: { composition: { network_mode: 'service:a' } } }),
	},
	{
		name: 'a purge takes the place of a restart that is under way',
		check: 'planner #56',
		before: withVolume,
		meddle: ask(restart),
		after: withVolume,
		during: async (world) => {
			await world.clock.advance(5);
			ask(purge)(world);
		},
	},
	{
		name: 'a stop that was asked for holds, until a start is',
		before: one,
		meddle: ask(stop),
		after: one,
		during: async (world) => {
			await world.clock.advance(60_000);
			world.systemLog.write('=== another life');
			await world.crash();
			world.start(world.log);
			await world.clock.advance(60_000);
			const startedAt = world.engine.containers.get(only(world))?.startedAt ?? '';
			ask(() => ({ kind: 'startService', appId: 1, serviceName: 'a', containerId: only(world), startedAt }))(world);
		},
	},
	{
		name: 'a request that meets a lock fails at once',
		before: one,
		meddle: (world) => {
			world.lockDisk.lockAsUser(1, 'a');
			ask(restart)(world);
		},
		after: one,
	},
	{
		name: 'a forced request removes the lock',
		before: one,
		meddle: (world) => {
			world.lockDisk.lockAsUser(1, 'a');
			ask(restart, { force: true })(world);
		},
		after: one,
	},
	{
		name: 'a request continues after the supervisor was killed',
		before: one,
		meddle: ask(restart),
		after: one,
		during: async (world) => {
			await world.clock.advance(1);
			await world.crash();
			world.systemLog.write('=== another life');
			world.start(world.log);
		},
	},
	{
		name: 'a change of the host is made at once, under the locks of all apps, and once',
		check: 'device-api #70',
		before: one,
		meddle: ask(changeHost),
		after: target(2, { a: { version: 2 } }),
		during: async (world) => {
			await world.clock.advance(60_000);
			world.systemLog.write(`=== ${JSON.stringify(world.hostConfig.applied)}`);
		},
	},
	{
		name: 'a change of the host that meets a lock fails at once, and is forgotten',
		check: 'device-api #61',
		before: one,
		meddle: (world) => {
			world.lockDisk.lockAsUser(1, 'a');
			ask(changeHost)(world);
		},
		after: one,
		during: async (world) => {
			await world.clock.advance(60_000);
			world.systemLog.write(`=== ${JSON.stringify(world.hostConfig.applied)}`);
			ask(changeHost, { force: true })(world);
			await world.clock.advance(60_000);
			world.systemLog.write(`=== ${JSON.stringify(world.hostConfig.applied)}`);
		},
	},
	{
		name: 'a reboot asked for happens at once, and once',
		before: one,
		meddle: ask(() => ({ kind: 'reboot' })),
		after: target(2, { a: { version: 2 } }),
		during: async (world) => {
			await world.clock.advance(10_000);
			await world.crash();
			world.systemLog.write('=== another life');
			world.start(world.log);
		},
	},
];
