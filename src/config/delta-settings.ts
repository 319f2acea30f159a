import type { DeltaSettings } from '../ports/delta-settings.ts';
import type { Config } from './config.ts';
import { readRegistryLogin } from './registry-login.ts';

export async function readDeltaSettings(config: Pick<Config, 'getMany'>): Promise<DeltaSettings> {
	const login = await readRegistryLogin(config);
	const values = await config.getMany([
		'delta',
		'deltaVersion',
		'apiEndpoint',
		'deltaEndpoint',
		'deltaRequestTimeout',
		'deltaApplyTimeout',
		'deltaRetryCount',
		'deltaRetryInterval',
	]);
	return {
		isEnabled: values.delta,
		version: values.deltaVersion,
		apiEndpoint: values.apiEndpoint,
		deltaEndpoint: values.deltaEndpoint,
		login,
		requestTimeoutMs: values.deltaRequestTimeout,
		applyTimeoutMs: values.deltaApplyTimeout,
		retryCount: values.deltaRetryCount,
		retryIntervalMs: values.deltaRetryInterval,
	};
}
