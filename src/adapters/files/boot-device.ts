import { open, writeFile, type FileHandle } from 'node:fs/promises';
import type { BootDevice } from '../../ports/boot-storage.ts';
import { FileError, systemCodeOf, toFileError } from './file-error.ts';

interface BootDeviceOptions {
	readonly devicePath: string;
	/** Contains `0` or `1`: whether the device is read-only. */
	readonly forceReadOnlyPath: string;
}

/** Relative to the root of the host. */
const DEVICE = 'dev/mmcblk0boot0';
const FORCE_READ_ONLY = 'sys/block/mmcblk0boot0/force_ro';

/** Not atomic: after a power cut each byte is old or new, and copies that disagree are found when they are read. */
export class BootDeviceFile implements BootDevice {
	readonly #options: BootDeviceOptions;

	constructor(options: BootDeviceOptions) {
		this.#options = options;
	}

	static below(rootPath: string): BootDeviceFile {
		return new BootDeviceFile({
			devicePath: `${rootPath}/${DEVICE}`,
			forceReadOnlyPath: `${rootPath}/${FORCE_READ_ONLY}`,
		});
	}

	async read(offsets: readonly number[]): Promise<readonly number[]> {
		return await this.#use('r', async (device) => {
			const bytes: number[] = [];
			for (const offset of offsets) {
				const { buffer, bytesRead } = await device.read(Buffer.alloc(1), 0, 1, offset);
				bytes.push(...buffer.subarray(0, bytesRead));
			}
			return bytes;
		});
	}

	async write(bytes: readonly { readonly offset: number; readonly byte: number }[]): Promise<void> {
		await this.#protect('0');
		try {
			await this.#use('r+', async (device) => {
				for (const { offset, byte } of bytes) {
					await device.write(Buffer.from([byte]), 0, 1, offset);
				}
				await device.sync();
			});
		} finally {
			await this.#protect('1');
		}
	}

	async #protect(value: '0' | '1'): Promise<void> {
		const { forceReadOnlyPath } = this.#options;
		try {
			await writeFile(forceReadOnlyPath, value);
		} catch (error) {
			throw toOpenError(forceReadOnlyPath, error);
		}
	}

	async #use<T>(flags: 'r' | 'r+', work: (device: FileHandle) => Promise<T>): Promise<T> {
		const { devicePath } = this.#options;
		let device: FileHandle;
		try {
			device = await open(devicePath, flags);
		} catch (error) {
			throw toOpenError(devicePath, error);
		}
		try {
			return await work(device);
		} catch (error) {
			throw toFileError(flags === 'r' ? 'file-unreadable' : 'file-unwritable', devicePath, error);
		} finally {
			await device.close();
		}
	}
}

/** The texts are the predecessor's (spec: host 3.7). */
function toOpenError(path: string, cause: unknown): unknown {
	switch (systemCodeOf(cause)) {
		case undefined:
			return cause;
		case 'ENOENT':
			return new FileError('file-missing', `File not found at: ${path}`, { cause });
		case 'EACCES':
			return new FileError('file-unreadable', `Permission denied when opening '${path}'`, { cause });
		default:
			return new FileError('file-unreadable', `Unknown error when opening '${path}'`, { cause });
	}
}
