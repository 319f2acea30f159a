import { isUnmanaged, type Settings } from '../config/index.ts';
import type { LogTarget } from '../ports/log-uplink.ts';

/** To whom messages go; `none`: they are gone (spec: cloud-api 13.3). */
export type LogAudience = 'cloud' | 'local' | 'none';

export function logAudience(settings: Pick<Settings, 'apiEndpoint' | 'localMode' | 'loggingEnabled'>): LogAudience {
	if (!settings.loggingEnabled) {
		return 'none';
	}
	return isUnmanaged(settings) || settings.localMode ? 'local' : 'cloud';
}

/** Where the log stream goes; `undefined`: nowhere yet (spec: cloud-api 13.1). */
export function logTarget(
	settings: Pick<Settings, 'apiEndpoint' | 'logsEndpoint' | 'uuid' | 'deviceApiKey'>,
): LogTarget | undefined {
	const { apiEndpoint, logsEndpoint, uuid, deviceApiKey } = settings;
	const endpoint = logsEndpoint ?? apiEndpoint;
	if (endpoint === '' || uuid === undefined || deviceApiKey === '') {
		return undefined;
	}
	return { url: `${endpoint}/device/v2/${uuid}/log-stream`, deviceApiKey };
}
