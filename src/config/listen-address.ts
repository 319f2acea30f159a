import type { Config } from './config.ts';

/** Where the device API listens: with the override only on the bridge, else everywhere (spec: device-api 1.1, config 7). */
export async function readListenAddress(
	config: Pick<Config, 'getMany'>,
	bridgeAddress: string,
): Promise<{ readonly port: number; readonly host?: string; readonly socketTimeoutMs: number }> {
	const { listenPort, listenPortOverride, apiTimeout } = await config.getMany([
		'listenPort',
		'listenPortOverride',
		'apiTimeout',
	]);
	const isOverridden = listenPortOverride != null && listenPortOverride !== 0;
	return {
		port: isOverridden ? listenPortOverride : listenPort,
		...(isOverridden ? { host: bridgeAddress } : {}),
		socketTimeoutMs: apiTimeout,
	};
}
