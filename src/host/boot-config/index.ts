/**
 * Boot configuration: which backends a device has, what their files say, what a target makes of them (spec: host 3).
 * One file for each backend. Everything here is pure: text or bytes in, text or bytes out.
 *
 * Owns nothing. Must never do I/O, look at a clock, or throw for what a target or a file says.
 */
export type { BootBackend, BootOptions, BootResult, BootRules, BootVariables } from './backend.ts';
export { bootOptionsOf, bootVariablesOf } from './boot-variables.ts';
export { compareBoot } from './compare-boot.ts';
export {
	compareBackends,
	currentBootVariables,
	ownBootVariables,
	type BootDifferences,
	type BootRefusal,
	type ChangedBackend,
} from './compare-backends.ts';
export { BOOT_BACKENDS, selectBootBackends } from './select-backends.ts';
export { acpiTablesOf, CONFIG_FS } from './config-fs.ts';
export { CONFIG_TXT } from './config-txt.ts';
export { EXTLINUX } from './extlinux.ts';
export { EXTRA_UENV } from './extra-uenv.ts';
export { ODMDATA, ODMDATA_OFFSETS } from './odmdata.ts';
export { POWER_FAN } from './power-fan.ts';
export { activeSplashName, FACTORY_SPLASH, SPLASH, withFactoryCopy } from './splash.ts';
