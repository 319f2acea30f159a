import { findConfigChanges } from '../../src/device-state/planner/reboot-guard.ts';
import type { CurrentState } from '../../src/domain/current.ts';
import type { Pause, Plan, PlanHistory, Proposal } from '../../src/domain/plan.ts';
import type { RebootsMade } from '../../src/domain/reboot.ts';
import type { Step } from '../../src/domain/step.ts';
import { DEFAULT_SETTINGS, PLAIN_CONFIG } from '../support/device-config.ts';

/** The configuration in the target. */
export interface ConfigRun {
	readonly vpn: 'on' | 'off';
	/** Refused: an option of the boot file that may not be changed. */
	readonly boot: 'asked' | 'refused';
	/** Settings, boot files and the VPN are changed from outside. */
	readonly isMeddledWith: boolean;
	/** The boot file has its old content again after each boot. */
	readonly reverts?: true;
}

/** The configuration of the device, and what the loop remembers of it. */
export interface ConfigState {
	/** Persistent logging, which takes a reboot. */
	readonly logging: 'right' | 'different';
	readonly boot: 'right' | 'different' | 'unreadable';
	readonly vpn: 'on' | 'off' | 'unknown';
	/** The change of boot files failed and pauses. */
	readonly bootPausing: boolean;
	readonly settled: boolean;
	/** The VPN was switched less than an hour ago, and the device has not settled since. */
	readonly switched: boolean;
	/** The mark that a reboot is due names the boot file. */
	readonly bootMarked: boolean;
	/** Made for the boot file, if it reverts. */
	readonly reboots: number;
	/** The user was told that there are no more. */
	readonly isGivenUp: boolean;
}

export const REBOOTS_MAX = 3;

export function configKey(config: ConfigState): string {
	const { logging, boot, vpn, bootPausing, settled, switched, bootMarked, reboots, isGivenUp } = config;
	const words = [
		bootPausing && 'boot pausing',
		settled && 'settled',
		switched && 'VPN just switched',
		bootMarked && 'boot file marked',
		reboots > 0 && `${reboots} reboots`,
		isGivenUp && 'given up',
	];
	return [`logging ${logging}`, `boot file ${boot}`, `VPN ${vpn}`, ...words.filter((word) => word !== false)].join(' ');
}

/** The start states: each possible difference, alone and together, before and after the device has settled. */
export function configStates(): readonly ConfigState[] {
	const base = { bootPausing: false, switched: false, bootMarked: false, reboots: 0, isGivenUp: false };
	return (['right', 'different'] as const).flatMap((logging) =>
		(['right', 'different', 'unreadable'] as const).flatMap((boot) =>
			(['on', 'off', 'unknown'] as const).flatMap((vpn) =>
				[true, false].map((settled) => ({ ...base, logging, boot, vpn, settled })),
			),
		),
	);
}

/** As the observer shows it. */
export function observedConfig(
	config: ConfigState | undefined,
): Pick<CurrentState['host'], 'settings' | 'boot' | 'vpn'> {
	if (config === undefined) {
		return PLAIN_CONFIG;
	}
	const { logging, boot, vpn } = config;
	const name = 'config.txt';
	const content = `gpu_mem=${boot === 'right' ? 64 : 16}\nkernel=a\n`;
	return {
		settings: { ...DEFAULT_SETTINGS, persistentLogging: logging === 'right' },
		boot: {
			deviceType: 'raspberrypi4-64',
			backends: [
				boot === 'unreadable' ? { name, state: 'unreadable', error: 'cannot read' } : { name, state: 'read', content },
			],
		},
		vpn: { state: vpn },
	};
}

export function variablesOf(run: ConfigRun | undefined): Readonly<Record<string, string>> {
	if (run === undefined) {
		return {};
	}
	return {
		SUPERVISOR_PERSISTENT_LOGGING: 'true',
		SUPERVISOR_VPN_CONTROL: run.vpn === 'on' ? 'true' : 'false',
		HOST_CONFIG_gpu_mem: '64',
		HOST_CONFIG_kernel: run.boot === 'refused' ? 'b' : 'a',
	};
}

export function historyOf(config: ConfigState | undefined): PlanHistory {
	return { hasSettled: config?.settled ?? true, vpnChangedAt: config?.switched === true ? 0 : undefined };
}

/** What the loop remembers of a plan in which nothing is left (spec: planner P12); `undefined`: nothing new. */
export function afterSettling({ start, waiting }: Plan, config: ConfigState): ConfigState | undefined {
	if (start.length > 0 || waiting.some(({ because }) => because.kind !== 'postponed')) {
		return undefined;
	}
	const after = { ...config, settled: true, switched: config.switched && waiting.length > 0 };
	return configKey(after) === configKey(config) ? undefined : after;
}

/** A refused step waits for ever, and nothing waits for it; likewise one that reboots did not apply. */
export function isRefusedStep(step: Step, config: ConfigState | undefined, run: ConfigRun | undefined): boolean {
	return (
		step.kind === 'changeBootConfig' &&
		config !== undefined &&
		run !== undefined &&
		(isRefused(config, run) || isUsedUp(config))
	);
}

/** No reboot is left for the boot file, and none is due. */
export function isUsedUp({ reboots, bootMarked }: ConfigState): boolean {
	return reboots >= REBOOTS_MAX && !bootMarked;
}

export function isRefused({ boot }: ConfigState, run: ConfigRun): boolean {
	return run.boot === 'refused' || boot === 'unreadable';
}

/** What a step makes of it; `undefined`: the step is about something else. */
export function applyConfigStep(step: Step, config: ConfigState, run: ConfigRun): ConfigState | undefined {
	switch (step.kind) {
		case 'changeSettings':
			return { ...config, logging: step.settings['persistentLogging'] === true ? 'right' : 'different' };
		case 'changeBootConfig':
			return isRefused(config, run)
				? { ...config, bootPausing: true }
				: { ...config, boot: step.variables['HOST_CONFIG_gpu_mem'] === '64' ? 'right' : 'different' };
		case 'setVpn':
			return { ...config, vpn: step.enabled ? 'on' : 'off', switched: true };
		case 'giveUpReboots':
			return { ...config, isGivenUp: true };
		default:
			return undefined;
	}
}

/** A restarted supervisor remembers nothing. */
function afterRestart(config: ConfigState): ConfigState {
	return { ...config, bootPausing: false, settled: false, switched: false };
}

/** The operating system starts the VPN with each boot. */
export function afterConfigBoot(config: ConfigState, run: ConfigRun | undefined): ConfigState {
	return {
		...afterRestart(config),
		vpn: config.vpn === 'unknown' ? 'unknown' : 'on',
		boot: run?.reverts === true && config.boot === 'right' ? 'different' : config.boot,
		bootMarked: false,
	};
}

/** The mark, where it counts whose it is. */
export function afterMark(config: ConfigState, what: string | undefined, run: ConfigRun): ConfigState {
	return run.reverts === true && what?.includes('HOST_CONFIG_') === true ? { ...config, bootMarked: true } : config;
}

export function afterReboot(config: ConfigState): ConfigState {
	return config.bootMarked ? { ...config, reboots: config.reboots + 1 } : config;
}

export type ConfigEventKind =
	'supervisor restarts' | 'boot pause ends' | 'hour is over' | 'boot file changes' | 'VPN changes';

interface ConfigEvent {
	readonly kind: ConfigEventKind;
	readonly config: ConfigState;
}

export function configEvents(config: ConfigState, run: ConfigRun): readonly ConfigEvent[] {
	const events: ConfigEvent[] = [{ kind: 'supervisor restarts', config: afterRestart(config) }];
	if (config.bootPausing) {
		events.push({ kind: 'boot pause ends', config: { ...config, bootPausing: false } });
	}
	if (config.switched) {
		events.push({ kind: 'hour is over', config: { ...config, switched: false } });
	}
	if (config.boot === 'unreadable' || run.isMeddledWith) {
		for (const boot of ['right', 'different'] as const) {
			events.push({ kind: 'boot file changes', config: { ...config, boot } });
		}
	}
	if (run.isMeddledWith) {
		for (const vpn of ['on', 'off', 'unknown'] as const) {
			events.push({ kind: 'VPN changes', config: { ...config, vpn } });
		}
	}
	return events;
}

/** The change of boot files failed a moment ago. */
export function bootPauses(proposals: readonly Proposal[]): readonly (readonly [string, Pause])[] {
	const pause = { until: 1000, failures: 1, error: 'no', since: 0, reason: 'backoff' as const };
	return proposals.flatMap(({ step }) => (step.step.kind === 'changeBootConfig' ? [[step.id, pause] as const] : []));
}

/** What the mark names and what was counted. Where nothing reverts, one mark names everything. */
export function rebootsOf(config: ConfigState | undefined, run: ConfigRun | undefined): RebootsMade {
	if (config === undefined || run === undefined) {
		return { due: [], records: [] };
	}
	const host = { reboot: 'none', reboots: { due: [], records: [] }, bootedAt: '', shuttingDown: false } as const;
	const causesIn = (state: Pick<ConfigState, 'logging' | 'boot'>) => {
		const current = { apps: [], host: { ...host, ...observedConfig({ ...config, ...state }) } };
		return findConfigChanges({ variables: variablesOf(run) }, current, { now: 0, history: { hasSettled: true } })
			.reboots;
	};
	const { settings } = causesIn({ logging: 'different', boot: 'right' }) ?? {};
	const { boot } = causesIn({ logging: 'right', boot: 'different' }) ?? {};
	const isBootDue = run.reverts !== true || config.bootMarked;
	const due = [...(settings ? [settings] : []), ...(boot && isBootDue ? [boot] : [])];
	const records = boot && config.reboots > 0 ? [{ ...boot, reboots: config.reboots, isGivenUp: config.isGivenUp }] : [];
	return { due, records };
}
