import type { Settings } from './schema.ts';

/** Without a cloud. */
export function isUnmanaged({ apiEndpoint }: Pick<Settings, 'apiEndpoint'>): boolean {
	return apiEndpoint === '';
}

/** The cloud knows this device. */
export function isProvisioned(settings: Pick<Settings, 'uuid' | 'apiEndpoint' | 'registeredAt' | 'deviceId'>): boolean {
	const { uuid, apiEndpoint, registeredAt, deviceId } = settings;
	return [uuid, apiEndpoint, registeredAt, deviceId].every(Boolean);
}

/** Settings and name were reported to this cloud, or there is none. */
export function isConfigReported(settings: Pick<Settings, 'apiEndpoint' | 'initialConfigReported'>): boolean {
	return settings.initialConfigReported === settings.apiEndpoint;
}

/** For target poll, report and resource API only; everything else uses the real one (spec: config 7). */
export function cloudEndpoint(settings: Pick<Settings, 'apiEndpoint' | 'apiEndpointOverride'>): string {
	return settings.apiEndpointOverride ?? settings.apiEndpoint;
}

/** The provisioning key as long as there is one. */
export function currentApiKey(settings: Pick<Settings, 'provisioningKey' | 'deviceApiKey'>): string {
	return settings.provisioningKey ?? settings.deviceApiKey;
}

/** What the device shows a registry (spec: cloud-api 14.2). */
export function registryLogin(
	settings: Pick<Settings, 'uuid' | 'provisioningKey' | 'deviceApiKey'>,
): { readonly username: string; readonly password: string } | undefined {
	const { uuid } = settings;
	const password = currentApiKey(settings);
	return uuid === undefined || password === '' ? undefined : { username: `d_${uuid}`, password };
}

/** Where the target in force comes from: `local` in local mode, else the API endpoint (spec: database 2). */
export function targetSource({ localMode, apiEndpoint }: Pick<Settings, 'localMode' | 'apiEndpoint'>): string {
	return localMode ? 'local' : apiEndpoint;
}

/** `undefined`: the device API listens on `listenPort`, everywhere. */
export function portOverride({ listenPortOverride }: Pick<Settings, 'listenPortOverride'>): number | undefined {
	return listenPortOverride === 0 ? undefined : listenPortOverride;
}

/** Where the device API listens: with the override only on the bridge, else everywhere (spec: device-api 1.1, config 7). */
export function listenAddress(
	settings: Pick<Settings, 'listenPort' | 'listenPortOverride' | 'apiSocketTimeoutMs'>,
	bridgeAddress: string,
): { readonly port: number; readonly host?: string; readonly socketTimeoutMs: number } {
	const port = portOverride(settings);
	const socketTimeoutMs = settings.apiSocketTimeoutMs;
	return port === undefined
		? { port: settings.listenPort, socketTimeoutMs }
		: { port, host: bridgeAddress, socketTimeoutMs };
}
