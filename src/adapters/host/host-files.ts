import { readdir } from 'node:fs/promises';
import type { Log } from '../../ports/log.ts';
import type { DeviceType, HostFacts } from '../../ports/settings.ts';
import { FileError, pathExists, readText, type FatFile } from '../files/index.ts';
import { isContainerInterface, isForeignInterface } from './foreign-interfaces.ts';
import { addressedInterfaces } from './ip-addresses.ts';
import { parseOsRelease } from './parse-os-release.ts';

interface HostFilesOptions {
	readonly osReleasePath: string;
	/** On the boot partition. */
	readonly deviceTypeFile: Pick<FatFile, 'path' | 'read'>;
	/** `/sys/class/net`, or another directory of the same form. */
	readonly networkPath: string;
	readonly log: Log;
}

/**
 * Facts that files of the host contain. A fact that was read does not change while the supervisor runs; a failed read
 * is retried.
 */
export class HostFiles implements HostFacts {
	readonly #options: HostFilesOptions;
	#osRelease: ReadonlyMap<string, string> | undefined;
	#deviceType: DeviceType | undefined;
	#macAddresses: string | undefined;
	#isReported = false;

	constructor(options: HostFilesOptions) {
		this.#options = options;
	}

	async osRelease(): Promise<ReadonlyMap<string, string> | undefined> {
		const { osReleasePath: path, log } = this.#options;
		try {
			this.#osRelease ??= parseOsRelease(await readText(path));
		} catch (error) {
			if (!this.#isReported) {
				this.#isReported = true; // read again for every report
				log.warn('cannot read the release of the operating system', { path, error });
			}
		}
		return this.#osRelease;
	}

	async deviceType(): Promise<DeviceType> {
		this.#deviceType ??= parseDeviceType(this.#options.deviceTypeFile.path, await this.#options.deviceTypeFile.read());
		return this.#deviceType;
	}

	/** Cached until the addresses of the device change: interfaces of containers come and go all the time. */
	async macAddresses(): Promise<string | undefined> {
		this.#macAddresses ??= await this.#readMacAddresses();
		return this.#macAddresses;
	}

	addressesChanged(): void {
		this.#macAddresses = undefined;
	}

	async #readMacAddresses(): Promise<string | undefined> {
		const { networkPath, log } = this.#options;
		let names: readonly string[];
		try {
			names = await readdir(networkPath);
		} catch (error) {
			log.warn('cannot list the network interfaces', { path: networkPath, error });
			return undefined;
		}
		const addresses = new Set<string>();
		const addressed = addressedInterfaces();
		const isOurs = (name: string) =>
			!isForeignInterface(name) && !isContainerInterface(networkPath, name, { hasAddress: addressed.has(name) });
		for (const name of names.filter(isOurs).sort()) {
			const address = await this.#readMac(`${networkPath}/${name}`);
			if (address !== undefined) {
				addresses.add(address);
			}
		}
		return [...addresses].join(' ');
	}

	/** `undefined` for what is not Ethernet, and for a part of a bond or bridge, whose address counts instead. */
	async #readMac(path: string): Promise<string | undefined> {
		try {
			if ((await readText(`${path}/type`)).trim() !== ETHERNET || (await pathExists(`${path}/master`))) {
				return undefined;
			}
			const [first = ''] = (await readText(`${path}/address`)).split('\n');
			return first.trim() === '' ? undefined : first.trim().toUpperCase();
		} catch (error) {
			if (await pathExists(path)) {
				this.#options.log.warn('cannot read the address of a network interface', { path, error });
			}
			return undefined;
		}
	}
}

const ETHERNET = '1';

function parseDeviceType(path: string, text: string): DeviceType {
	let content: unknown;
	try {
		content = JSON.parse(text);
	} catch (cause) {
		throw new FileError('file-unreadable', `${path} does not hold JSON`, { cause });
	}
	const fields: Readonly<Record<string, unknown>> = typeof content === 'object' ? { ...content } : {};
	const { slug, arch } = fields;
	if (typeof slug !== 'string' || typeof arch !== 'string') {
		throw new FileError('file-unreadable', `${path} does not name the device type and its architecture`);
	}
	return { slug, arch };
}
