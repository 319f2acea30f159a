import { mutant, type Mutant } from './mutant.ts';

const STATE = 'src/device-state';
const COMPARE = `${STATE}/planner/compare-config.ts`;
const GUARD = `${STATE}/planner/reboot-guard.ts`;
const REBOOT = 'src/domain/reboot.ts';
const START = 'src/application-manager/planner/plan-start.ts';
const BACKENDS = 'src/host/boot-config/compare-backends.ts';

/** Faults in comparing the device's own configuration, and in what the loop remembers for it. */
export const CONFIG_MUTANTS: readonly Mutant[] = [
	mutant('configuration: the VPN goes off before the device has settled', COMPARE, [
		'!hasSettled || wantsVpn(target)',
		'wantsVpn(target)',
	]),
	mutant('configuration: the VPN is switched as often as the target changes', COMPARE, [
		'vpnChangedAt === undefined ? now : vpnChangedAt + VPN_PAUSE_MS',
		'vpnChangedAt === undefined ? now : now',
	]),
	mutant('configuration: a VPN of which the state is unknown is switched', COMPARE, [
		"if (vpn.state === 'unknown') {",
		"if (vpn.state === 'unknown' && settings['unmanaged'] === 'never') {",
	]),
	mutant('configuration: the VPN of a device without a cloud is switched', COMPARE, [
		"if (settings['unmanaged'] === true) {",
		"if (settings['unmanaged'] === 'never') {",
	]),
	mutant('configuration: a quiet change of the VPN is logged', COMPARE, ['quiet: !hasSettled', 'quiet: false']),
	mutant('configuration: a change that takes a reboot gets none', COMPARE, [
		'settings: { values, variables, afterReboot }',
		'settings: { values, variables, afterReboot: {} }',
	]),
	mutant('configuration: a refused target is carried out in part', COMPARE, [
		'...(refusal !== undefined && { refusal })',
		'...(refusal !== undefined && changed.length === 0 && { refusal })',
	]),
	mutant('configuration: a target that is only refused is no change', COMPARE, [
		'if (changed.length === 0 && refusal === undefined) {',
		'if (changed.length === 0) {',
	]),
	mutant('configuration: warnings are lost', COMPARE, [
		'notes: [...settings.notes, ...boot.notes, ...vpn.notes]',
		'notes: [...boot.notes, ...vpn.notes]',
	]),
	mutant('configuration: variables of backends that the device does not have are written', BACKENDS, [
		'rules.some(({ isBootVariable }) => isBootVariable(variable))',
		'rules.length > 0',
	]),
	mutant('configuration: a file that cannot be read refuses targets that ask nothing of it', BACKENDS, [
		'Object.keys(variables).some(BOOT_BACKENDS_BY_NAME[name].isBootVariable)',
		'Object.keys(variables).length >= 0',
	]),
	mutant('configuration: the last switch of the VPN is remembered for ever', `${STATE}/plan-history.ts`, [
		"plan.waiting.length === 0 ? omit(settled, 'vpnChangedAt') :",
		"plan.waiting.length < 0 ? omit(settled, 'vpnChangedAt') :",
	]),
	mutant('configuration: a switch of the VPN that waits its hour may come sooner', `${STATE}/plan-history.ts`, [
		"plan.waiting.length === 0 ? omit(settled, 'vpnChangedAt') :",
		"plan.waiting.length >= 0 ? omit(settled, 'vpnChangedAt') :",
	]),
	mutant('configuration: the VPN stays on until something else happens', `${STATE}/reconciler.ts`, [
		"this.#wake.wake('config'); // steps that waited for the device to settle may start now",
		'',
	]),
	mutant('configuration: apps wait for a boot file that is refused', `${STATE}/planner/config-steps.ts`, [
		'const isRefused = config.boot?.refusal !== undefined;',
		'const isRefused = false;',
	]),
	mutant('configuration: boot files change before the mark that a reboot is due', `${STATE}/planner/config-steps.ts`, [
		'because: because ?? waitFor(marks),',
		'because,',
	]),
	mutant('reboots: a fourth one is made for the same cause', REBOOT, ['?? 0) >= REBOOTS_MAX', '?? 0) > REBOOTS_MAX']),
	mutant('reboots: the third one is given up before it is made', REBOOT, [
		'>= REBOOTS_MAX && !isDue(cause, made)',
		'>= REBOOTS_MAX',
	]),
	mutant('reboots: none is counted', `${STATE}/execute/power-executors.ts`, [
		'await reboots.count(step.countedFor, id);',
		'await reboots.count(step.countedFor.slice(step.countedFor.length), id);',
	]),
	mutant('reboots: those that a user requests are counted', `${STATE}/execute/power-executors.ts`, [
		'if (step.countedFor !== undefined) {\n\t\t\t\t\tconst { id } = await rebootMark.claim();\n\t\t\t\t\tawait reboots.count(step.countedFor, id);',
		'{\n\t\t\t\t\tconst { id } = await rebootMark.claim();\n\t\t\t\t\tawait reboots.count(step.countedFor ?? (await rebootMark.causes()), id);',
	]),
	mutant('reboots: a second change is not counted beside the first', `${STATE}/planner/reboot-steps.ts`, [
		'cause === undefined || reboots === undefined || isDue(cause, reboots)',
		'cause === undefined || reboots === undefined || reboots.due.length >= 0',
	]),
	mutant('reboots: the user is notified with each boot', `${STATE}/planner/reboot-steps.ts`, [
		'isGivenUp ? [left] : [announcement, left]',
		'isGivenUp ? [announcement, left] : [announcement, left]',
	]),
	mutant('reboots: those of an earlier target count', GUARD, [
		'record.scope === scope ? isRight : !containers.includes(record.scope)',
		'record.scope === scope ? isRight : !containers.includes(record.scope) && record.scope === scope',
	]),
	mutant('reboots: the count ends with the first boot that is right', GUARD, [
		'now - rightSince >= RIGHT_MS',
		'now - rightSince >= 0',
	]),
	mutant('reboots: the count never ends', GUARD, ['now - rightSince >= RIGHT_MS', 'now - rightSince < 0']),
	mutant('reboots: settings without a reboot wait for one that is given up', GUARD, [
		'...(others !== undefined && { settings: others })',
		'',
	]),
	mutant('reboots: a service is rebooted for again when the clock was set back', START, [
		'findRecord(cause, reboots) === undefined && compareTimes',
		'compareTimes',
	]),
	mutant('reboots: a service does not wait for its boot when the clock is set forward', START, [
		'!spec.requiresReboot || isDue(cause, reboots)',
		'!spec.requiresReboot',
	]),
];
