import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError } from './device-error.ts';
import type { DeviceHost } from './device-host.ts';

const USUAL_PORT = 5000;
const READY_TIMEOUT_MS = 20_000;

/**
 * Starts a registry inside the host, by default at 127.0.0.1:5000. Addresses in 127.0.0.0/8 need no
 * certificate, for every engine.
 */
export async function startRegistry(
	host: DeviceHost,
	{ ip = '127.0.0.1', port = USUAL_PORT }: { readonly ip?: string; readonly port?: number } = {},
): Promise<{ readonly address: string }> {
	const address = `${ip}:${port}`;
	const data = join(host.directory, 'registry');
	mkdirSync(data, { recursive: true });
	const configPath = join(host.directory, 'registry.json');
	writeFileSync(configPath, JSON.stringify(describeRegistry(data, address), undefined, '\t'));
	const child = host.spawn('docker-registry', ['serve', configPath], { detachedName: 'registry' });
	const deadline = performance.now() + READY_TIMEOUT_MS;
	while (!isListening(host, port)) {
		if (child.exitCode !== null || performance.now() > deadline) {
			throw new DeviceError('The registry did not start', `Read ${join(host.directory, 'logs/registry.log')}`);
		}
		await sleep(20);
	}
	return { address };
}

/** JSON is YAML, which is what the registry reads. */
function describeRegistry(folder: string, address: string): object {
	return {
		version: 0.1,
		log: { level: 'warn', accesslog: { disabled: true } },
		storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
		http: { addr: address },
	};
}

/** Read from the host's own list of sockets, so that no process has to start inside. */
function isListening(host: DeviceHost, port: number): boolean {
	const table = readFileSync(`/proc/${host.pid}/net/tcp`, 'utf8');
	const hex = port.toString(16).toUpperCase().padStart(4, '0');
	return new RegExp(`:${hex} 00000000:0000 0A `).test(table);
}
