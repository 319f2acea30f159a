import { propose } from '../../application-manager/index.ts';
import type { CurrentState } from '../../domain/current.ts';
import type { Proposal, WaitReason } from '../../domain/plan.ts';
import type { ChangedBoot, ChangedSettings, ChangedVpn, ConfigChanges } from './compare-config.ts';
import { proposeMark, proposeRebootRecords } from './reboot-steps.ts';

interface ConfigProposals {
	/** Steps that come before every app. */
	readonly first: readonly Proposal[];
	/** Steps on which nothing depends: they may take an hour, or for ever. */
	readonly aside: readonly Proposal[];
}

type Host = Pick<CurrentState['host'], 'reboot'> & Partial<Pick<CurrentState['host'], 'reboots'>>;
type Current = Pick<CurrentState, 'localMode'> & { readonly host: Host };

/** Configuration of the device itself (spec: planner 6.1): settings, then boot files, and the VPN beside them. */
export function proposeConfig(config: ConfigChanges, current: Current): ConfigProposals {
	const { host } = current;
	const settings = proposeSettings(config, current);
	const [pending] = settings.slice(-1);
	const because: WaitReason | undefined = pending && { kind: 'busy', on: pending.step.id };
	const boot = proposeBoot(config, host, because);
	const vpn = proposeVpn(config.vpn);
	// A refused option must not block the releases of the device (decision D4).
	const isRefused = config.boot?.refusal !== undefined;
	const isPostponed = config.vpn?.notBefore !== undefined;
	return {
		first: [...settings, ...(isPostponed ? [] : vpn), ...(isRefused ? [] : boot)],
		aside: [...(isPostponed ? vpn : []), ...(isRefused ? boot : []), ...proposeRebootRecords(config.reboots, host)],
	};
}

function proposeSettings(
	{ settings, reboots }: { readonly settings?: ChangedSettings; readonly reboots?: ConfigChanges['reboots'] },
	{ host, localMode }: Current,
): readonly Proposal[] {
	if (settings === undefined) {
		return [];
	}
	const { values, variables, afterReboot } = settings;
	const before = [
		...(Object.keys(afterReboot).length > 0
			? proposeMark({ changes: afterReboot, cause: reboots?.settings }, host)
			: []),
		...(values['localMode'] === true && !localMode.snapshot ? [proposeSnapshot()] : []),
	];
	const change = propose(
		{ kind: 'changeSettings', settings: values, variables },
		{ reason: 'configuration differs', writes: ['config'], because: waitFor(before) },
	);
	return [...before, change];
}

/**
 * Before local mode is entered. Not again if that was interrupted: objects that were made since must not be part of the
 * snapshot.
 */
function proposeSnapshot(): Proposal {
	return propose({ kind: 'takeEngineSnapshot' }, { reason: 'local mode is entered', writes: ['config'] });
}

function proposeBoot(
	{ boot, reboots }: { readonly boot?: ChangedBoot; readonly reboots?: ConfigChanges['reboots'] },
	host: Host,
	because: WaitReason | undefined,
): readonly Proposal[] {
	if (boot === undefined) {
		return [];
	}
	const { backends, variables, refusal } = boot;
	const names = [...backends, ...(refusal === undefined ? [] : [refusal])].map(({ name }) => name);
	const needsReboot = refusal === undefined && backends.some((backend) => backend.needsReboot);
	// Not while settings change: the reboot of one would be reported for the other.
	const marks = needsReboot && because === undefined ? proposeMark({ changes: {}, cause: reboots?.boot }, host) : [];
	const change = propose(
		{ kind: 'changeBootConfig', variables, backends: names, needsReboot },
		{
			reason: refusal?.message ?? `boot configuration differs: ${names.join(', ')}`,
			writes: ['config', 'host/boot'], // power mode and fan profile are stored in config.json
			because: because ?? waitFor(marks),
		},
	);
	return [...marks, change];
}

function waitFor([first]: readonly Proposal[]): WaitReason | undefined {
	return first && { kind: 'busy', on: first.step.id };
}

function proposeVpn(vpn: ChangedVpn | undefined): readonly Proposal[] {
	if (vpn === undefined) {
		return [];
	}
	const { enabled, quiet, notBefore } = vpn;
	const details = {
		reason: `VPN should be ${enabled ? 'on' : 'off'}`,
		writes: ['host/vpn'],
		because: notBefore === undefined ? undefined : ({ kind: 'postponed', until: notBefore } as const),
		identity: JSON.stringify({ kind: 'setVpn', enabled }), // quiet or not, it is the same attempt
	};
	return [propose({ kind: 'setVpn', enabled, quiet }, details)];
}
