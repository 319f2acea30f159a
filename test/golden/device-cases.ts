import { OperationalError } from '../../src/ports/operational-error.ts';
import type { TargetDocument } from '../../src/domain/target.ts';
import { RESYNC_MS, type World } from '../simulation/world.ts';
import { target, type GoldenCase } from './cases.ts';

const HOUR_MS = 3_600_000;
const one = target(1, { a: {} });
const two = target(2, { a: { version: 2 } });
const withConfig = (document: TargetDocument, config: Readonly<Record<string, string>>): TargetDocument => ({
	...document,
	config,
});
const raspberryPi = (world: World) => {
	world.deviceType = 'raspberrypi4-64';
	world.boot.partition.setText('config.txt', '# from the factory\ngpu_mem=16\nkernel=mine.img\n');
};
const KEPT = { RESIN_HOST_CONFIG_gpu_mem: '16', RESIN_HOST_CONFIG_kernel: 'mine.img' };
const note = (world: World, text: string) => {
	world.systemLog.write(`=== ${text}`);
};
const noteFile = (world: World) => {
	note(world, JSON.stringify(world.boot.partition.text('config.txt')));
};
const noteVpn = (world: World) => {
	note(world, `VPN is ${world.units.states.get('openvpn.service') ?? 'not there'}, asked: ${world.units.calls.join(', ')}`);
};
const boot = (world: World) => {
	world.host.boot(world.clock.wall());
};
const VPN_OFF = { RESIN_SUPERVISOR_VPN_CONTROL: 'false' };

const bootCases: readonly GoldenCase[] = [
	{
		name: 'one boot variable takes a mark, a change and a reboot',
		check: 'host #17',
		setup: raspberryPi,
		before: withConfig(one, KEPT),
		after: withConfig(one, { ...KEPT, RESIN_HOST_CONFIG_gpu_mem: '64' }),
		during: async (world) => {
			await world.clock.advance(900);
			note(world, `asked: ${world.host.asked.join()}`);
			await world.clock.advance(5000);
			note(world, `asked: ${world.host.asked.join()}`);
			noteFile(world);
			await world.crash();
			boot(world);
			world.start(world.log);
		},
	},
	{
		name: 'boot files wait for settings, and both for one reboot',
		check: 'config #25',
		setup: raspberryPi,
		before: withConfig(one, KEPT),
		after: withConfig(one, {
			...KEPT,
			RESIN_SUPERVISOR_POLL_INTERVAL: '600000',
			RESIN_SUPERVISOR_PERSISTENT_LOGGING: 'true',
			RESIN_HOST_CONFIG_gpu_mem: '64',
		}),
	},
	{
		name: 'an option that may not be changed fails, and blocks neither apps nor a reboot',
		check: 'host #9',
		setup: raspberryPi,
		before: withConfig(one, KEPT),
		meddle: (world) => {
			world.host.mark = 'required';
		},
		after: withConfig(two, { ...KEPT, RESIN_HOST_CONFIG_kernel: 'yours.img', RESIN_HOST_CONFIG_gpu_mem: '64' }),
		during: async (world) => {
			await world.clock.advance(10_000);
			noteFile(world);
		},
	},
	{
		name: 'an option that may not be changed stays as it is beside one that changes',
		check: 'host #9',
		setup: raspberryPi,
		before: withConfig(one, KEPT),
		after: withConfig(one, { ...KEPT, RESIN_HOST_CONFIG_gpu_mem: '64' }),
		during: async (world) => {
			await world.clock.advance(500);
			noteFile(world);
		},
	},
	{
		name: 'a boot file that cannot be written is retried, and logged once',
		setup: raspberryPi,
		before: withConfig(one, KEPT),
		meddle: (world) => {
			world.boot.partition.write = () => Promise.reject(new WriteFailed());
		},
		after: withConfig(one, { ...KEPT, RESIN_HOST_CONFIG_gpu_mem: '64' }),
		during: async (world) => {
			await world.clock.advance(5000);
			Reflect.deleteProperty(world.boot.partition, 'write');
		},
	},
	{
		name: 'power that is cut after the mark does not lose the change',
		setup: raspberryPi,
		before: withConfig(one, KEPT),
		meddle: (world) => {
			const set = world.host.set.bind(world.host);
			world.host.set = async (cause) => {
				await set(cause);
				world.host.set = set;
				return new Promise(() => undefined); // the supervisor does not live to see it
			};
		},
		after: withConfig(one, { ...KEPT, RESIN_HOST_CONFIG_gpu_mem: '64' }),
		during: async (world) => {
			await world.clock.advance(100);
			note(world, 'another life');
			await world.crash();
			world.start(world.log);
		},
	},
	{
		name: 'a device without boot files has nothing to do',
		setup: (world) => {
			world.deviceType = 'jetson-tx2';
			world.units.isAway = true;
		},
		before: one,
		after: one,
		during: (world) => world.clock.advance(2 * HOUR_MS),
	},
];

const vpnCases: readonly GoldenCase[] = [
	{
		name: 'the VPN goes off, and on again once the target was reached',
		check: 'config #29',
		before: one,
		after: withConfig(one, VPN_OFF),
		during: async (world) => {
			await world.clock.advance(60_000);
			noteVpn(world);
			await world.targets.replace(one);
			await world.clock.advance(60_000);
			noteVpn(world);
		},
	},
	{
		name: 'the VPN is changed once an hour, and nothing depends on it',
		check: 'config #29',
		before: one,
		meddle: (world) => {
			world.units.isStubborn = true;
		},
		after: withConfig(one, VPN_OFF),
		during: async (world) => {
			await world.clock.advance(60_000);
			noteVpn(world);
			note(world, `applying: ${String(world.status.latest()?.applying)}`);
			await world.targets.replace(withConfig(target(1, { a: { environment: { LEVEL: '2' } } }), VPN_OFF));
			await world.clock.advance(HOUR_MS - 90_000);
			noteVpn(world);
			world.units.isStubborn = false;
			await world.clock.advance(60_000);
			noteVpn(world);
		},
	},
	{
		name: 'at first the VPN stays on, even if the target turns it off',
		setup: (world) => {
			world.units.states.set('openvpn.service', 'inactive');
		},
		after: withConfig(one, VPN_OFF),
		during: async (world) => {
			await world.clock.advance(60_000);
			noteVpn(world);
		},
	},
	{
		name: 'a VPN that was stopped outside the supervisor is found at the next resync',
		before: one,
		meddle: (world) => {
			world.units.states.set('openvpn.service', 'inactive');
		},
		after: one,
		during: async (world) => {
			noteVpn(world);
			await world.clock.advance(RESYNC_MS + 1000);
			noteVpn(world);
		},
	},
	{
		name: 'a VPN that is not there is asked for once an hour',
		check: 'host #28',
		setup: (world) => {
			world.units.states.clear();
		},
		after: one,
		during: async (world) => {
			await world.clock.advance(HOUR_MS + 10_000);
			noteVpn(world);
			note(world, `applying: ${String(world.status.latest()?.applying)}`);
		},
	},
];

/** As the file system would report it. */
class WriteFailed extends OperationalError {
	constructor() {
		super('file-unwritable', 'Write failed with error: no space');
	}
}

export const deviceCases: readonly GoldenCase[] = [
	{
		name: 'logging to disk is set at once, and the reboot comes after the release',
		check: 'planner #43',
		before: one,
		after: withConfig(two, { RESIN_SUPERVISOR_PERSISTENT_LOGGING: 'true' }),
		during: async (world) => {
			await world.clock.advance(60_000);
			note(world, `${world.configJson.content}, asked: ${world.host.asked.join()}`);
		},
	},
	...bootCases,
	...vpnCases,
];
