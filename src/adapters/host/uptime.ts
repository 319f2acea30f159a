import { uptime } from 'node:os';

/** Since the host booted, ms. */
export function readUptimeMs(): number {
	return uptime() * 1000;
}
