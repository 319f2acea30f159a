import type { TargetDocument } from '../../src/domain/target.ts';
import { BOOT_FILE, VPN_UNIT } from './config-life.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
/** A pass acts on the target that it has read, also when another one is stored before it ends. */
const PASS_MS_MAX = 5000;
const TRUE = ['true', '1', 'on'];
const FALSE = ['false', '0', 'off'];
/** In the quiet phase: one for steps under way, one for what is found then. */
const REBOOTS_MAX = 2;
/** For a boot file that reverts with each boot, and one target. */
const VAIN_REBOOTS_MAX = 3;

type Variables = Readonly<Record<string, string>>;

/**
 * What must be true of the device's own configuration, judged by systemd, the boot partition and the stored settings
 * alone, without code of the supervisor (spec: config 5, host 3, planner P12).
 */
export class ConfigWatch {
	readonly faults: string[] = [];
	readonly #world: World;
	#variables: Variables = {};
	/** Of the targets before, with when each was replaced. */
	#replaced: readonly { readonly variables: Variables; readonly at: number }[] = [];
	#hasSettled = false;
	#switchedAt: number | undefined;
	#reboots = 0;
	readonly #reverts: boolean;
	/** Since the target last asked something else of the boot file. */
	#bootsForTarget = 0;

	constructor(world: World, { reverts }: { readonly reverts: boolean }) {
		this.#world = world;
		this.#reverts = reverts;
		world.units.onChange = (verb, unit) => {
			if (unit === VPN_UNIT) {
				this.#judgeSwitch(verb);
			}
		};
		world.boot.partition.onWrite = (path, content) => {
			if (path === BOOT_FILE) {
				this.#judgeWrite(Buffer.from(content).toString('utf8'));
			}
		};
	}

	noteTarget({ config }: TargetDocument): void {
		const at = this.#world.clock.now();
		this.#replaced = [...this.#replaced, { variables: this.#variables, at }];
		const before = rebootPart(this.#variables);
		this.#variables = withoutPrefixes(config);
		if (rebootPart(this.#variables) !== before) {
			this.#bootsForTarget = 0;
		}
	}

	/** The supervisor starts, and remembers nothing. */
	noteStart(): void {
		this.#hasSettled = false;
		this.#switchedAt = undefined;
	}

	noteReboot(): void {
		this.#reboots += 1;
		this.#bootsForTarget += 1;
		this.noteStart();
	}

	notePeace(): void {
		this.#reboots = 0;
	}

	/** A pass has ended. */
	notePass(): void {
		const plan = this.#world.status.latest()?.plan;
		const isLeft = plan?.waiting.some(({ because }) => !['postponed', 'given-up'].includes(because.kind));
		if (plan?.start.length === 0 && isLeft === false) {
			this.#hasSettled = true;
			if (plan.waiting.length === 0) {
				this.#switchedAt = undefined;
			}
		}
	}

	/** The target asks for an option that this device must not change. */
	isRefused(): boolean {
		const wanted = this.#variables['HOST_CONFIG_kernel'];
		return this.#hasBootFile() && wanted !== undefined && wanted !== this.#bootOptions()?.['kernel']?.[0];
	}

	/** The faults that remain when everything is quiet. */
	findFaults(): readonly string[] {
		const faults = [...this.faults, ...this.#judgeSettings()];
		if (this.#world.host.mark === 'required') {
			faults.push('a reboot is due, and does not come');
		}
		const vain = this.#reverts && this.#hasBootFile() ? VAIN_REBOOTS_MAX : 0;
		if (this.#reboots > REBOOTS_MAX + vain) {
			faults.push(`${this.#reboots} reboots in peace`);
		}
		// Then the file stays as it is, and the device has not settled.
		const isGivenUp = vain > 0 && this.#bootsForTarget >= VAIN_REBOOTS_MAX;
		if (!this.isRefused() && !isGivenUp) {
			faults.push(...this.#judgeBootFile(), ...this.#judgeVpn());
		}
		return faults;
	}

	#judgeSwitch(verb: string): void {
		const now = this.#world.clock.now();
		if (verb === 'stop' && !this.#hasSettled) {
			this.faults.push('the VPN goes off before the device has settled once');
		}
		if (verb === 'stop' && this.#targetsInForce().every(wantsVpn)) {
			this.faults.push('the VPN goes off although the target wants it');
		}
		if (this.#switchedAt !== undefined && now - this.#switchedAt < HOUR_MS) {
			this.faults.push(`the VPN is switched again after ${now - this.#switchedAt} ms`);
		}
		this.#switchedAt = now;
	}

	#judgeWrite(text: string): void {
		const before = this.#bootOptions()?.['kernel']?.[0];
		const after = optionsIn(text)['kernel']?.[0];
		if (this.#world.host.mark !== 'required') {
			this.faults.push(`${BOOT_FILE} is written before the mark that a reboot is due`);
		}
		if (after !== before) {
			this.faults.push(`the kernel of ${BOOT_FILE} is changed to ${after ?? 'none'}`);
		}
	}

	#judgeBootFile(): readonly string[] {
		if (!this.#hasBootFile()) {
			return [];
		}
		const wanted = Object.fromEntries(
			Object.entries(this.#variables)
				.filter(([name]) => name.startsWith('HOST_CONFIG_'))
				.map(([name, text]) => [name.slice('HOST_CONFIG_'.length), valuesIn(text)]),
		);
		// The kernel stays as it is, whether or not a target has it (decision D16).
		const [is, shall] = [this.#bootOptions() ?? {}, wanted].map((options) => sorted(withoutKernel(options)));
		return is === shall ? [] : [`${BOOT_FILE} says ${is ?? ''}, and should say ${shall ?? ''}`];
	}

	#judgeVpn(): readonly string[] {
		const isOn = ['active', 'failed'].includes(this.#world.units.states.get(VPN_UNIT) ?? '');
		return isOn === wantsVpn(this.#variables) ? [] : [`the VPN is ${isOn ? 'on' : 'off'}, and should not be`];
	}

	#judgeSettings(): readonly string[] {
		const { configJson, settings } = this.#world;
		const file = JSON.parse(configJson.content) as Readonly<Record<string, unknown>>;
		const is = {
			persistentLogging: file['persistentLogging'] ?? false,
			delta: (settings.rows.get('delta') ?? 'false') === 'true',
			pollInterval: file['appUpdatePollInterval'] ?? 900_000,
			localMode: this.#world.isLocalMode(),
		};
		const shall = {
			persistentLogging: TRUE.includes(this.#variables['SUPERVISOR_PERSISTENT_LOGGING'] ?? ''),
			delta: TRUE.includes(this.#variables['SUPERVISOR_DELTA'] ?? ''),
			pollInterval: Number(this.#variables['SUPERVISOR_POLL_INTERVAL'] || 900_000),
			localMode: TRUE.includes(this.#variables['SUPERVISOR_LOCAL_MODE'] ?? ''),
		};
		const [left, right] = [JSON.stringify(is), JSON.stringify(shall)];
		return left === right ? [] : [`settings are ${left}, and should be ${right}`];
	}

	#targetsInForce(): readonly Variables[] {
		const since = this.#world.clock.now() - PASS_MS_MAX;
		const recent = this.#replaced.filter(({ at }) => at >= since);
		return [this.#variables, ...recent.map(({ variables }) => variables)];
	}

	#hasBootFile(): boolean {
		return this.#world.deviceType.startsWith('raspberry');
	}

	#bootOptions() {
		const text = this.#world.boot.partition.text(BOOT_FILE);
		return text === undefined ? undefined : optionsIn(text);
	}
}

/** What takes a reboot. */
function rebootPart(variables: Variables): string {
	const names = Object.keys(variables).filter((name) => /^HOST_CONFIG_|PERSISTENT_LOGGING$/.test(name));
	return JSON.stringify(names.sort().map((name) => [name, variables[name]]));
}

/** An invalid value leaves the VPN on. */
function wantsVpn(variables: Variables): boolean {
	return !FALSE.includes(variables['SUPERVISOR_VPN_CONTROL'] ?? '');
}

/** Of two names for one variable the newer prefix wins. */
function withoutPrefixes(config: Variables): Variables {
	const entries = Object.entries(config);
	const ofPrefix = (prefix: string) =>
		entries.filter(([name]) => name.startsWith(prefix)).map(([name, text]) => [name.slice(prefix.length), text]);
	return Object.fromEntries([...ofPrefix('RESIN_'), ...ofPrefix('BALENA_')]) as Variables;
}

/** Several values are quoted and separated by commas. */
function valuesIn(text: string): readonly string[] {
	return text.startsWith('"') ? text.slice(1, -1).split('","') : [text];
}

function optionsIn(text: string): Readonly<Record<string, readonly string[]>> {
	const options: Record<string, string[]> = {};
	for (const line of text.split('\n').filter((each) => each.includes('=') && !each.startsWith('#'))) {
		const name = line.slice(0, line.indexOf('='));
		options[name] = [...(options[name] ?? []), line.slice(name.length + 1)];
	}
	return options;
}

function withoutKernel(options: Readonly<Record<string, readonly string[]>>) {
	return Object.fromEntries(Object.entries(options).filter(([option]) => option !== 'kernel'));
}

function sorted(options: Readonly<Record<string, readonly string[]>>): string {
	return JSON.stringify(Object.entries(options).sort(([x], [y]) => (x < y ? -1 : 1)));
}
