import type { Config } from '../../config/index.ts';
import type { BootBackendName, SplashImages } from '../../domain/device-config.ts';
import type { BootStorage } from '../../ports/boot-storage.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import {
	acpiTablesOf,
	activeSplashName,
	CONFIG_FS,
	CONFIG_TXT,
	EXTLINUX,
	EXTRA_UENV,
	FACTORY_SPLASH,
	ODMDATA,
	ODMDATA_OFFSETS,
	POWER_FAN,
	SPLASH,
	withFactoryCopy,
} from '../boot-config/index.ts';
import { placeOf, type BootLocation, type Keeping } from './boot-location.ts';

export const EXTRA_UENV_FILE = 'extra_uEnv.txt';
const CONFIG_FS_FILE = 'configfs.json';
const SPLASH_FOLDER = 'splash';

interface BootLocationsOptions {
	readonly storage: BootStorage;
	/** Power mode and fan profile are kept in config.json, which has one owner. */
	readonly config: Pick<Config, 'read' | 'set' | 'isRefused'>;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

/** The location of each backend (spec: host 3.1). */
export function createBootLocations(options: BootLocationsOptions): Readonly<Record<BootBackendName, BootLocation>> {
	const { storage, config } = options;
	return {
		extlinux: placeOf('extlinux', EXTLINUX, keepText(storage, 'extlinux/extlinux.conf')),
		extra_uEnv: placeOf('extra_uEnv', EXTRA_UENV, keepText(storage, EXTRA_UENV_FILE)),
		'config.txt': placeOf('config.txt', CONFIG_TXT, keepText(storage, 'config.txt')),
		'config-fs': placeOf('config-fs', CONFIG_FS, {
			...keepText(storage, CONFIG_FS_FILE),
			initialise: () => loadAcpiTables(options),
		}),
		odmdata: placeOf('odmdata', ODMDATA, keepOdmdata(storage)),
		splash: placeOf('splash', SPLASH, keepSplash(storage)),
		'power-fan': placeOf('power-fan', POWER_FAN, {
			read: async () => {
				const { os } = await config.read();
				if (config.isRefused('os')) {
					throw new OperationalError('boot-config-os', 'os in config.json is not an object');
				}
				return os;
			},
			write: async (os) => {
				await config.set({ os: { ...(os as object) } }); // this backend serialises to an object
				return true;
			},
		}),
	};
}

function keepText({ partition }: BootStorage, path: string): Keeping<string | undefined> {
	return {
		read: async () => {
			const content = await partition.read(path);
			return content && Buffer.from(content).toString('utf8');
		},
		write: async (content, before) => content === undefined || (await partition.replace(path, content, before)),
	};
}

function keepOdmdata({ device }: BootStorage): Keeping<readonly number[]> {
	return {
		read: () => device.read(ODMDATA_OFFSETS),
		write: async (bytes) => {
			await device.write(ODMDATA_OFFSETS.map((offset, index) => ({ offset, byte: bytes[index] ?? 0 })));
			return true;
		},
	};
}

function keepSplash({ partition }: BootStorage): Keeping<SplashImages> {
	const activePath = async () => `${SPLASH_FOLDER}/${activeSplashName(await partition.list(SPLASH_FOLDER))}`;
	const factoryPath = `${SPLASH_FOLDER}/${FACTORY_SPLASH}`;
	const read = async () => ({
		active: await partition.read(await activePath()),
		factory: await partition.read(factoryPath),
	});
	return {
		read,
		write: async ({ active }) => {
			if (active !== undefined) {
				await partition.write(await activePath(), active);
			}
			return true;
		},
		initialise: async () => {
			const images = await read();
			const { factory } = withFactoryCopy(images);
			if (images.factory === undefined && factory !== undefined) {
				await partition.write(factoryPath, factory);
			}
		},
	};
}

/** The kernel forgets them with each boot (spec: host 3.6). A table that cannot be loaded does not delay the start. */
async function loadAcpiTables({ storage, log, systemLog }: BootLocationsOptions): Promise<void> {
	const { partition, acpi } = storage;
	await acpi.enable();
	const content = await partition.read(CONFIG_FS_FILE);
	const kept = CONFIG_FS.parse(content && Buffer.from(content).toString('utf8'));
	for (const { name, ...table } of kept.ok ? acpiTablesOf(kept.value) : []) {
		try {
			const loaded = await acpi.load(table);
			if (loaded.state === 'missing') {
				systemLog.write(`Missing AML for '${name}'. Unable to load.`);
			} else {
				log.info('ACPI table loaded', { name, ...loaded.attributes });
			}
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			log.warn('Unable to initialise ConfigFS', { name, error: error.message });
		}
	}
}
