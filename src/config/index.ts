/**
 * Settings of the device: what each is called, where it lives, what it may be, who is told when it changes; and the
 * configuration variables through which a target sets them. Owns config.json and the meaning of table `config`. Must
 * never know what an app is.
 */
export { Config, type ConfigKey, type ConfigListener, type ConfigOptions, type ConfigValues } from './config.ts';
export { ConfigError, type ConfigErrorCode } from './config-error.ts';
export type { ExtendedEnvOptions, FetchOptions, ProvisioningOptions } from './computed-keys.ts';
export type { MutableKey, SettingsChange, StoredKey } from './schema.ts';
export type { PinnedRelease } from './value-types.ts';
export {
	COMPARED_KEYS,
	DEFAULT_VARIABLES,
	VARIABLE_KEYS,
	normaliseVariables,
	settingsToChange,
	variablesOf,
	variablesToStore,
	wantsVpn,
	type SettingsPlan,
	type VariableKey,
} from './device-variables.ts';
export { ExtraFirmware } from './extra-firmware.ts';
export { readEnvironment, reportedVersion, type Environment } from './environment.ts';
export { ConfigPreloadSettings } from './preload-settings.ts';
export { ConfigFirstReport } from './first-report.ts';
export { ConfigCloudSettings } from './cloud-settings.ts';
export { readDeltaSettings } from './delta-settings.ts';
export { readListenAddress } from './listen-address.ts';
export { readRegistryLogin } from './registry-login.ts';
export { onTargetSourceChange, readTargetSource } from './target-source.ts';
