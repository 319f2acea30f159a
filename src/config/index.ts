/**
 * Settings of the device: what each is called, where it lives, what it may be, who is told when it changes; and the
 * configuration variables through which a target sets them. Owns config.json and the meaning of table `config`. Must
 * never know what an app is.
 */
export { Config } from './config.ts';
export { ConfigJson } from './config-json.ts';
export { ConfigWatch } from './config-watch.ts';
export {
	cloudEndpoint,
	currentApiKey,
	isConfigReported,
	isProvisioned,
	isUnmanaged,
	listenAddress,
	portOverride,
	registryLogin,
	targetSource,
} from './derived-settings.ts';
export { readDeviceType } from './device-type.ts';
export { DEFAULT_SETTINGS, type Settings, type SettingsChange } from './schema.ts';
export {
	comparedSettings,
	DEFAULT_VARIABLES,
	normaliseVariables,
	REBOOT_SETTINGS,
	settingsToChange,
	variablesOf,
	variablesToStore,
	wantsVpn,
} from './device-variables.ts';
export { ExtraFirmware } from './extra-firmware.ts';
export { textFileOf } from './text-file-of.ts';
export { readEnvironment, reportedVersion, type Environment } from './environment.ts';
export { isTimeWritten } from './log-environment.ts';
