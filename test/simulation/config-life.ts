import { OperationalError } from '../../src/ports/operational-error.ts';
import type { Random } from '../support/random.ts';
import type { World } from './world.ts';

type Variables = Readonly<Record<string, string>>;

export const VPN_UNIT = 'openvpn.service';
export const BOOT_FILE = 'config.txt';
const FACTORY_FILE = 'gpu_mem=16\nkernel=mine.img\n';
const PREFIXES = ['RESIN_', 'BALENA_'];

/** Variable → how often a target has it, and what it says. */
const VARIABLES: readonly (readonly [name: string, chance: number, values: readonly string[]])[] = [
	['SUPERVISOR_PERSISTENT_LOGGING', 0.3, ['true', 'false', '1', 'off']],
	['SUPERVISOR_DELTA', 0.5, ['true', 'false', 'perhaps']],
	['SUPERVISOR_POLL_INTERVAL', 0.5, ['600000', '900000', '']],
	['SUPERVISOR_VPN_CONTROL', 0.7, ['true', 'false', 'false', 'perhaps']],
	['HOST_CONFIG_gpu_mem', 0.7, ['16', '64']],
	['HOST_CONFIG_dtparam', 0.4, ['"i2c_arm=on","audio=on"', 'audio=on']],
	// It may not be changed: another value is refused, and none removes it.
	['HOST_CONFIG_kernel', 0.9, [...Array<string>(8).fill('mine.img'), 'yours.img']],
	['HOST_EXTLINUX_isolcpus', 0.2, ['1']],
	['SOMETHING_ELSE', 0.2, ['x']],
];

/** The configuration in the targets of one seed, and faults of the host meanwhile. */
export class ConfigLife {
	readonly hasBootFile: boolean;
	/** The boot file has its old content again after each boot. */
	readonly reverts: boolean;
	readonly #world: World;
	readonly #random: Random;

	constructor(world: World, random: Random, { reverts }: { readonly reverts: boolean }) {
		this.#world = world;
		this.reverts = reverts;
		this.#random = random;
		this.#slowDown();
		this.hasBootFile = random.chance(0.7);
		if (this.hasBootFile) {
			world.deviceType = 'raspberrypi4-64';
			world.boot.partition.setText(BOOT_FILE, FACTORY_FILE);
		}
	}

	nextVariables(): Variables {
		const random = this.#random;
		return Object.fromEntries(
			VARIABLES.flatMap(([name, chance, values]) =>
				random.chance(chance) ? [[`${random.pick(PREFIXES)}${name}`, random.pick(values)]] : [],
			),
		);
	}

	/** The VPN or a boot file is changed from outside. */
	meddle(): void {
		const { units, boot } = this.#world;
		if (this.hasBootFile && this.#random.chance(0.5)) {
			const text = boot.partition.text(BOOT_FILE) ?? '';
			const kernel = /^kernel=.*$/m.exec(text)?.[0];
			boot.partition.setText(BOOT_FILE, `gpu_mem=${this.#random.pick(['16', '32'])}\n${kernel ?? '# none'}\n`);
		} else {
			units.states.set(VPN_UNIT, this.#random.pick(['active', 'inactive', 'failed']));
		}
	}

	/** Parts of the host fail from now on, until the next time. */
	fail(): void {
		const { units, boot, configJson } = this.#world;
		units.isAway = this.#random.chance(0.15);
		units.isStubborn = this.#random.chance(0.2);
		boot.partition.broken.clear();
		if (this.#random.chance(0.2)) {
			boot.partition.broken.add(BOOT_FILE);
		}
		configJson.failure = this.#random.chance(0.1) ? new OperationalError('test', 'no space') : undefined;
	}

	mend(): void {
		const { units, boot, configJson } = this.#world;
		units.isAway = false;
		units.isStubborn = false;
		boot.partition.broken.clear();
		configJson.failure = undefined;
	}

	/** The mark of a reboot takes its time. */
	#slowDown(): void {
		const { host, clock } = this.#world;
		const set = host.set.bind(host);
		host.set = async (cause) => {
			await clock.sleep(this.#random.below(100), new AbortController().signal);
			await set(cause);
		};
	}

	/** The operating system was asked for a reboot. */
	isRebootDue(): boolean {
		return this.#world.host.asked.includes('reboot');
	}

	/** The effect of a boot on the host: it clears the disk with the mark and all locks, and starts the VPN. */
	boot(): void {
		const { host, lockDisk, units, clock, boot } = this.#world;
		host.asked.length = 0;
		host.boot(clock.wall());
		lockDisk.files.clear();
		units.states.set(VPN_UNIT, 'active');
		if (this.reverts && this.hasBootFile) {
			boot.partition.setText(BOOT_FILE, FACTORY_FILE);
		}
	}
}
