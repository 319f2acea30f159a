import { isUnmanaged, type Settings } from '../config/index.ts';
import { isLoopback } from './addresses.ts';

/** Which callers need a key (spec: device-api 2.1; decision D27). `network`: all except the device itself. */
type KeyPolicy = 'all' | 'network' | 'none';

export function keyPolicyOf(settings: Pick<Settings, 'apiEndpoint' | 'localMode' | 'developmentMode'>): KeyPolicy {
	const { localMode, developmentMode } = settings;
	if (isUnmanaged(settings)) {
		return developmentMode ? 'none' : 'network'; // local mode is the default of such a device, not a choice of its user
	}
	return localMode ? 'none' : 'all';
}

export function requiresKey(policy: KeyPolicy, address: string | undefined): boolean {
	return policy === 'all' || (policy === 'network' && !isLoopback(address));
}
