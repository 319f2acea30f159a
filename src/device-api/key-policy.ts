import { isLoopback } from './addresses.ts';

/** Who has to show a key (spec: device-api 2.1; decision D27). `network`: everybody but the device itself. */
export type KeysAskedOf = 'all' | 'network' | 'none';

interface Mode {
	/** Without a cloud. */
	readonly unmanaged: boolean;
	readonly localMode: boolean;
	readonly developmentMode: boolean;
}

export function keysAskedOf({ unmanaged, localMode, developmentMode }: Mode): KeysAskedOf {
	if (unmanaged) {
		return developmentMode ? 'none' : 'network'; // local mode is the default of such a device, not a choice
	}
	return localMode ? 'none' : 'all';
}

export function isKeyAskedOf(callers: KeysAskedOf, address: string | undefined): boolean {
	return callers === 'all' || (callers === 'network' && !isLoopback(address));
}
