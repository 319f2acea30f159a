import { settingsToChange, wantsVpn } from '../../config/index.ts';
import type { CurrentConfig, SettingValue } from '../../domain/device-config.ts';
import type { Instant, PlanContext } from '../../domain/plan.ts';
import type { RebootCause } from '../../domain/reboot.ts';
import type { StepOf } from '../../domain/step.ts';
import type { TargetState } from '../../domain/target.ts';
import { compareBackends, ownBootVariables, type BootRefusal } from '../../host/index.ts';

/** The differences between the device itself and the variables of the target (spec: config 5.4). */
export interface ConfigChanges {
	readonly settings?: ChangedSettings;
	readonly boot?: ChangedBoot;
	readonly vpn?: ChangedVpn;
	/** Findings of the comparison for a person, with or without changes. */
	readonly notes: readonly ConfigNote[];
	/** Absent: reboots are not counted. */
	readonly reboots?: RebootPlan;
}

/** The changes that take a reboot, as `reboot-guard` has found them. */
export interface RebootPlan {
	/** Of the target: its causes have it. */
	readonly scope: string;
	readonly settings?: RebootCause;
	readonly boot?: RebootCause;
	/** Changes that reboots did not apply: they are in no other part of `ConfigChanges`. */
	readonly ineffective: readonly IneffectiveChange[];
	/** Recorded causes that no longer count. */
	readonly over: readonly RebootCause[];
}

export interface IneffectiveChange {
	readonly cause: RebootCause;
	readonly change: StepOf<'changeSettings' | 'changeBootConfig'>;
}

export type ConfigNote =
	/** A value without a meaning: for the user who set it. */
	| { readonly kind: 'setting'; readonly message: string }
	/** Unexpected content of a boot file, or a value that it cannot store. */
	| { readonly kind: 'boot'; readonly backend: string; readonly message: string }
	| { readonly kind: 'vpn'; readonly message: string };

export interface ChangedSettings {
	/** Setting → wanted value. */
	readonly values: Readonly<Record<string, SettingValue>>;
	/** The same by variable, as texts: for people. */
	readonly variables: Readonly<Record<string, string>>;
	/** Of these, what takes effect with a reboot: key under which it is stored → wanted text. */
	readonly afterReboot: Readonly<Record<string, string>>;
}

export interface ChangedBoot {
	/** All boot variables of the target, not only those that differ: boot files are written as a whole. */
	readonly variables: Readonly<Record<string, string>>;
	readonly backends: readonly { readonly name: string; readonly needsReboot: boolean }[];
	/** The target sets an option that is not allowed or not possible on this device, so none is changed. */
	readonly refusal?: BootRefusal;
}

export interface ChangedVpn {
	readonly enabled: boolean;
	/** The device has not settled yet: then switching the VPN is not reported to the user. */
	readonly quiet: boolean;
	/** It was switched less than an hour ago: earliest time of the next switch (spec: planner P12). */
	readonly notBefore?: Instant;
}

type Variables = TargetState['variables'];
type Moment = Pick<PlanContext, 'history' | 'now'>;

const VPN_PAUSE_MS = 3_600_000;

/** A pure function of target, current and time. */
export function compareConfig(
	{ variables }: Pick<TargetState, 'variables'>,
	host: CurrentConfig,
	at: Moment,
): ConfigChanges {
	const settings = compareSettings(variables, host);
	const boot = compareBoot(variables, host);
	const vpn = compareVpn(variables, host, at);
	return {
		...settings.changes,
		...boot.changes,
		...vpn.changes,
		notes: [...settings.notes, ...boot.notes, ...vpn.notes],
	};
}

/** The changes of one part, with its notes. */
type Part<K extends 'settings' | 'boot' | 'vpn'> = {
	readonly changes: Pick<ConfigChanges, K>;
	readonly notes: readonly ConfigNote[];
};

function compareSettings(target: Variables, host: CurrentConfig): Part<'settings'> {
	const { settings, variables, afterReboot, warnings } = settingsToChange(target, host.settings);
	const values: Readonly<Record<string, SettingValue>> = settings;
	const notes = warnings.map((message) => ({ kind: 'setting', message }) as const);
	if (Object.keys(values).length === 0) {
		return { changes: {}, notes };
	}
	return { changes: { settings: { values, variables, afterReboot } }, notes };
}

function compareBoot(target: Variables, { boot }: CurrentConfig): Part<'boot'> {
	const variables = ownBootVariables(boot, target);
	const { changed, refusal, warnings } = compareBackends(boot, variables);
	const notes = warnings.map(({ name, text }) => ({ kind: 'boot', backend: name, message: text }) as const);
	if (changed.length === 0 && refusal === undefined) {
		return { changes: {}, notes };
	}
	const backends = changed.map(({ name, needsReboot }) => ({ name, needsReboot }));
	return { changes: { boot: { variables, backends, ...(refusal !== undefined && { refusal }) } }, notes };
}

/**
 * The VPN is on until the device has settled once, whatever the target says: if a release fails, the device can still
 * be reached. It is switched once an hour, unless the device settles in between. Without a cloud it has nothing to
 * connect to.
 */
function compareVpn(target: Variables, { vpn, settings }: CurrentConfig, { history, now }: Moment): Part<'vpn'> {
	if (settings['unmanaged'] === true) {
		return { changes: {}, notes: [] };
	}
	if (vpn.state === 'unknown') {
		const { error } = vpn;
		return { changes: {}, notes: error === undefined ? [] : [{ kind: 'vpn', message: error }] };
	}
	const { hasSettled, vpnChangedAt } = history;
	const enabled = !hasSettled || wantsVpn(target);
	if (enabled === (vpn.state === 'on')) {
		return { changes: {}, notes: [] };
	}
	const notBefore = vpnChangedAt === undefined ? now : vpnChangedAt + VPN_PAUSE_MS;
	return { changes: { vpn: { enabled, quiet: !hasSettled, ...(notBefore > now && { notBefore }) } }, notes: [] };
}
