import { settingsToChange, wantsVpn } from '../../config/index.ts';
import type { CurrentConfig, SettingValue } from '../../domain/device-config.ts';
import type { Instant, PlanContext } from '../../domain/plan.ts';
import type { TargetState } from '../../domain/target.ts';
import { compareBackends, ownBootVariables, type BootRefusal } from '../../host/index.ts';

/** In what the device itself differs from what the target's variables ask for (spec: config 5.4). */
export interface ConfigChanges {
	readonly settings?: ChangedSettings;
	readonly boot?: ChangedBoot;
	readonly vpn?: ChangedVpn;
	/** What the comparison met that a person may want to know, whether anything changes or not. */
	readonly notes: readonly ConfigNote[];
}

export type ConfigNote =
	/** A value that has no meaning: for the user who set it. */
	| { readonly kind: 'setting'; readonly message: string }
	/** A boot file that does not look as expected, or a value that it cannot hold. */
	| { readonly kind: 'boot'; readonly backend: string; readonly message: string }
	| { readonly kind: 'vpn'; readonly message: string };

export interface ChangedSettings {
	/** Store key → wanted value. */
	readonly values: Readonly<Record<string, SettingValue>>;
	/** The same by variable, as texts: for people. */
	readonly variables: Readonly<Record<string, string>>;
	/** Of these, what takes effect with a reboot: store key → wanted text. */
	readonly afterReboot: Readonly<Record<string, string>>;
}

export interface ChangedBoot {
	/** All that the target says of boot configuration, not only what differs: boot files are written as a whole. */
	readonly variables: Readonly<Record<string, string>>;
	readonly backends: readonly { readonly name: string; readonly needsReboot: boolean }[];
	/** The target asks for something that this device must not or cannot do, so none of it is done. */
	readonly refusal?: BootRefusal;
}

export interface ChangedVpn {
	/** As wanted. */
	readonly enabled: boolean;
	/** The device has not settled yet: switching the VPN is no news for its user. */
	readonly quiet: boolean;
	/** It was switched less than an hour ago: not before this (spec: planner P12). */
	readonly notBefore?: Instant;
}

type Variables = TargetState['variables'];
type Moment = Pick<PlanContext, 'history' | 'now'>;

const VPN_PAUSE_MS = 3_600_000;

/** A pure function of what the target asks for, what is, and when. */
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
	const { settings, variables, rebootKeys, warnings } = settingsToChange(target, host.settings);
	const values: Readonly<Record<string, SettingValue>> = settings;
	const notes = warnings.map((message) => ({ kind: 'setting', message }) as const);
	if (Object.keys(values).length === 0) {
		return { changes: {}, notes };
	}
	const afterReboot = Object.fromEntries(rebootKeys.map((key) => [key, String(values[key])]));
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
 * The VPN is on until the device has settled once, whatever the target says: a release that goes wrong leaves a way in. It
 * is switched once an hour, unless the device settles in between. Without a cloud it has nothing to connect to.
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
