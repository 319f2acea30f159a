import { mutant, type Mutant } from './mutant.ts';

const STATE = 'src/device-state';
const COMPARE = `${STATE}/planner/compare-config.ts`;
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
];
