import { isLoopback } from './addresses.ts';

/** Which callers need a key (spec: device-api 2.1; decision D27). `network`: all except the device itself. */
export type KeyPolicy = 'all' | 'network' | 'none';

interface Mode {
	/** Without a cloud. */
	readonly unmanaged: boolean;
	readonly localMode: boolean;
	readonly developmentMode: boolean;
}

export function keyPolicyOf({ unmanaged, localMode, developmentMode }: Mode): KeyPolicy {
	if (unmanaged) {
		return developmentMode ? 'none' : 'network'; // local mode is the default of such a device, not a choice of its user
	}
	return localMode ? 'none' : 'all';
}

export function requiresKey(policy: KeyPolicy, address: string | undefined): boolean {
	return policy === 'all' || (policy === 'network' && !isLoopback(address));
}
