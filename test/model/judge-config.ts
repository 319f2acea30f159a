import type { ProposedStep } from '../../src/domain/plan.ts';
import { isRefused, isUsedUp, REBOOTS_MAX, type ConfigRun, type ConfigState } from './device-config.ts';

/** Remaining differences of the device's own configuration. */
export type ConfigLeft =
	| 'settings'
	| 'boot'
	| 'vpn'
	/** It was switched a short while ago. */
	| 'postponed vpn'
	/** Nothing else is left, and the loop has not seen it yet. */
	| 'settling';

/** Kinds of steps about the device itself, independent of its apps. */
export const CONFIG_KINDS: readonly string[] = [
	'markReboot',
	'changeSettings',
	'changeBootConfig',
	'setVpn',
	'reboot',
	'giveUpReboots',
];

/** Until the device has settled once the VPN must be on, so that the device stays reachable after a bad release. */
function wantedVpn({ settled }: ConfigState, run: ConfigRun): 'on' | 'off' {
	return settled ? run.vpn : 'on';
}

export function findConfigLeft(config: ConfigState, run: ConfigRun): readonly ConfigLeft[] {
	const left: ConfigLeft[] = [];
	const isBootRefused = isRefused(config, run);
	if (config.logging !== 'right') {
		left.push('settings');
	}
	if (config.boot !== 'right' && !isBootRefused && !isUsedUp(config)) {
		left.push('boot');
	}
	if (config.vpn !== 'unknown' && config.vpn !== wantedVpn(config, run)) {
		left.push(config.switched ? 'postponed vpn' : 'vpn');
	}
	if (!config.settled && !isBootRefused && !(config.boot !== 'right' && isUsedUp(config))) {
		left.push('settling');
	}
	return left;
}

/** Which rules a step breaks by starting in this state (spec: config 5.3, 5.4, host 3.2, planner I2, 6.1). */
export function judgeConfigStep(
	{ step }: ProposedStep,
	{ config, run, reboot }: { readonly config: ConfigState; readonly run: ConfigRun; readonly reboot: string },
): readonly string[] {
	const broken: string[] = [];
	const check = (rule: string, holds: boolean) => {
		if (!holds) {
			broken.push(rule);
		}
	};
	const left = findConfigLeft(config, run);
	switch (step.kind) {
		case 'markReboot':
			check('a reboot is marked for a change only', left.includes('settings') || left.includes('boot'));
			break;
		case 'changeSettings':
			check('settings change where they differ', left.includes('settings'));
			check('the mark comes before what takes a reboot', reboot === 'required');
			break;
		case 'changeBootConfig':
			check('boot files wait for settings', !left.includes('settings'));
			check('boot files change where they differ', left.includes('boot') || isRefused(config, run));
			check('the mark comes before what takes a reboot', reboot === 'required' || isRefused(config, run));
			check('a change that failed pauses', !config.bootPausing);
			break;
		case 'giveUpReboots':
			check('the user reads once that reboots have no effect', isUsedUp(config) && !config.isGivenUp);
			break;
		case 'setVpn':
			check('the VPN is on until the device has settled once', config.settled || step.enabled);
			check('a VPN of which the state is unknown is left as it is', config.vpn !== 'unknown');
			check('P12 the VPN is switched once an hour', !config.switched);
			check('the VPN is switched where it differs', left.includes('vpn'));
			check('the first switch of the VPN is quiet, and no other', step.quiet === !config.settled);
			break;
		default:
			check(
				'no more than three reboots for one cause',
				step.kind !== 'reboot' || config.reboots < REBOOTS_MAX || !config.bootMarked,
			);
			check(
				'I2 the configuration of the device comes before its apps',
				!left.some((what) => what === 'settings' || what === 'boot' || what === 'vpn'),
			);
	}
	return broken;
}
