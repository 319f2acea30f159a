import type { World } from '../simulation/world.ts';
import { documentOf, hostApp, UPDATER } from '../unit/device-state/host-update-scene.ts';
import type { GoldenCase } from './cases.ts';

const one = documentOf(undefined);
const setup = (world: World) => {
	world.engine.registry.set(UPDATER, { id: `sha256:${'4'.repeat(64)}`, config: { Cmd: ['run'] } });
};
const END_MS = 5000;

/** Updates of the host OS (spec: host-update 3). */
export const hostOsCases: readonly GoldenCase[] = [
	{
		name: 'a release of the host OS is fetched, installed and booted',
		check: 'host-update #2',
		setup,
		before: one,
		after: documentOf(hostApp()),
		during: async (world) => {
			await world.clock.advance(END_MS);
			world.hostOs.endUnit();
			await world.clock.advance(END_MS);
			await world.crash();
			world.host.boot(world.clock.wall());
			world.hostOs.boot('build 2');
			world.start(world.log);
		},
	},
	{
		name: 'a release of an app stops nothing while the host OS is updated',
		check: 'host-update #10',
		setup,
		before: one,
		after: documentOf(hostApp(), { release: 2, web: { version: 2 } }),
		during: async (world) => {
			await world.clock.advance(60_000);
			world.hostOs.endUnit({ kind: 'failed', exitStatus: 3, result: 'exit-code' });
			await world.clock.advance(END_MS);
		},
	},
	{
		name: 'an updater that always fails is given up after three attempts',
		check: 'host-update #3',
		setup,
		before: one,
		after: documentOf(hostApp()),
		during: async (world) => {
			for (let attempt = 1; attempt <= 3; attempt++) {
				await world.clock.advance(60_000);
				world.hostOs.endUnit({ kind: 'failed', exitStatus: 3, result: 'exit-code' });
			}
		},
	},
];
