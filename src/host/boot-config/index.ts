/**
 * Boot configuration: the backends of a device, the content of their files, and the changes that a target makes (spec:
 * host 3). One file for each backend. Everything here is pure: text or bytes in, text or bytes out. Owns nothing. Must
 * never do I/O, look at a clock, or throw for the content of a target or a file.
 */
export type { BootBackend, BootOptions, BootResult, BootRules, BootVariables } from './backend.ts';
export { bootOptionsOf, bootVariablesOf } from './boot-variables.ts';
export { compareBoot } from './compare-boot.ts';
export {
	compareBackends,
	currentBootVariables,
	describeRebootChanges,
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
