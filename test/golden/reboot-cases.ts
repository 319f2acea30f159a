import { OperationalError } from '../../src/ports/operational-error.ts';
import type { TargetDocument } from '../../src/domain/target.ts';
import type { World } from '../simulation/world.ts';
import { serveImages, target, type GoldenCase } from './cases.ts';

const MINUTE_MS = 60_000;
const one = target(1, { a: {} });
const two = target(2, { a: { version: 2 } });
const OLD = 'gpu_mem=16\n';
const withConfig = (document: TargetDocument, config: Readonly<Record<string, string>>): TargetDocument => ({
	...document,
	config,
});
const raspberryPi = (world: World) => {
	world.deviceType = 'raspberrypi4-64';
	world.boot.partition.setText('config.txt', OLD);
	serveImages(world, two);
};
const GPU_16 = { RESIN_HOST_CONFIG_gpu_mem: '16' };
const GPU_64 = { RESIN_HOST_CONFIG_gpu_mem: '64' };
const GPU_32 = { RESIN_HOST_CONFIG_gpu_mem: '32' };
const LOGGING = { RESIN_SUPERVISOR_PERSISTENT_LOGGING: 'true' };
const note = (world: World, text: string) => {
	world.systemLog.write(`=== ${text}`);
};

/** Six boots, whether the system was asked for them or not. */
async function bootSixTimes(world: World, revert: () => void): Promise<void> {
	for (let boots = 1; boots <= 6; boots++) {
		await world.clock.advance(10_000);
		note(world, `boot ${boots}, reboots asked: ${world.host.asked.length}`);
		await world.crash();
		world.host.boot(world.clock.wall());
		revert();
		world.start(world.log);
	}
	await world.clock.advance(10_000);
}

export const rebootCases: readonly GoldenCase[] = [
	{
		name: 'a boot file that reverts with each boot gets three reboots, and again three for another target',
		setup: raspberryPi,
		before: withConfig(one, GPU_16),
		after: withConfig(one, GPU_64),
		during: async (world) => {
			const revert = () => {
				world.boot.partition.setText('config.txt', OLD);
			};
			await bootSixTimes(world, revert);
			note(world, 'a release, and a request of a user');
			await world.targets.replace(withConfig(two, GPU_64));
			await world.clock.advance(10_000);
			void world.submit({ kind: 'reboot' });
			await world.clock.advance(10_000);
			note(world, `reboots asked: ${world.host.asked.length}`);
			await world.crash();
			world.host.boot(world.clock.wall());
			world.host.asked.length = 0;
			world.start(world.log);
			await world.clock.advance(10_000);
			note(world, 'another value');
			await world.targets.replace(withConfig(two, GPU_32));
			await bootSixTimes(world, revert);
			note(world, `reboots asked: ${world.host.asked.length}`);
		},
	},
	{
		name: 'a boot file that stays right for half an hour gets its reboots anew',
		setup: raspberryPi,
		before: withConfig(one, GPU_16),
		after: withConfig(one, GPU_64),
		during: async (world) => {
			for (const minutes of [1, 31, 1, 1, 1, 1]) {
				await world.clock.advance(10_000);
				note(world, `reboots asked: ${world.host.asked.length}, right for ${minutes} minutes`);
				await world.crash();
				world.host.boot(world.clock.wall());
				world.start(world.log);
				await world.clock.advance(minutes * MINUTE_MS);
				world.boot.partition.setText('config.txt', OLD);
				await world.clock.advance(10 * MINUTE_MS);
			}
			note(world, `reboots asked: ${world.host.asked.length}`);
		},
	},
	{
		name: 'a setting that reverts with each boot gets three reboots, and others are changed',
		before: one,
		after: withConfig(one, LOGGING),
		during: async (world) => {
			await bootSixTimes(world, () => {
				world.configJson.content = JSON.stringify({ apiEndpoint: 'https://api.example.com' });
			});
			note(world, `reboots asked: ${world.host.asked.length}`);
			await world.targets.replace(withConfig(one, { ...LOGGING, RESIN_SUPERVISOR_DELTA: 'true' }));
		},
	},
	{
		name: 'a reboot that the system refuses is counted once',
		setup: raspberryPi,
		before: withConfig(one, GPU_16),
		meddle: (world) => {
			world.host.reboot = () => Promise.reject(new OperationalError('bus-refused', 'a backup is being made'));
		},
		after: withConfig(one, GPU_64),
		during: async (world) => {
			await world.clock.advance(30 * MINUTE_MS);
			note(world, (await world.reboots.list()).map(({ what, reboots }) => `${what}: ${reboots}`).join());
			Reflect.deleteProperty(world.host, 'reboot');
			await world.clock.advance(10 * MINUTE_MS);
			note(world, `reboots asked: ${world.host.asked.length}`);
		},
	},
	{
		name: 'a reboot that a user requests is not counted',
		setup: raspberryPi,
		before: withConfig(one, GPU_16),
		meddle: (world) => {
			world.lockDisk.lockAsUser(1, 'a');
		},
		after: withConfig(one, GPU_64),
		during: async (world) => {
			await world.clock.advance(3000);
			void world.submit({ kind: 'reboot' }, { force: true });
			await world.clock.advance(3000);
			note(world, `reboots asked: ${world.host.asked.length}, counted: ${(await world.reboots.list()).length}`);
		},
	},
	{
		name: 'a service that starts with a boot gets one, whatever the clock says then',
		before: one,
		after: target(2, { a: { labels: { 'io.balena.update.requires-reboot': '1' } } }),
		during: async (world) => {
			for (let boots = 1; boots <= 2; boots++) {
				await world.clock.advance(20_000);
				note(world, `boot ${boots}, reboots asked: ${world.host.asked.length}`);
				await world.crash();
				world.host.boot(new Date(0)); // the clock was ahead by years when the container was created
				world.start(world.log);
			}
		},
	},
	{
		name: 'a service that starts with a boot waits for it when the clock is set forward',
		before: one,
		after: target(2, { a: { labels: { 'io.balena.update.requires-reboot': '1' } } }),
		meddle: (world) => {
			const set = world.host.set.bind(world.host);
			world.host.set = async (cause) => {
				await set(cause);
				world.host.booted = '2100-01-01T00:00:00.000Z';
			};
		},
		during: async (world) => {
			await world.clock.advance(20_000);
			note(world, `reboots asked: ${world.host.asked.length}`);
		},
	},
];
