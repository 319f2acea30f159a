import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BootDeviceFile, BootPartitionFiles } from '../../src/adapters/files/index.ts';
import { ConfigFsTables } from '../../src/adapters/host/index.ts';
import { MemoryBootStorage } from '../support/memory-boot.ts';
import { findCommand } from '../../tools/device/index.ts';
import { makeTempDirectory } from '../unit/adapters/sqlite/raw-database.ts';
import { describeBootStorage } from './boot-storage.contract.ts';

describeBootStorage('memory', () => {
	const storage = new MemoryBootStorage();
	return Promise.resolve({
		storage,
		plugDevice: () => {
			storage.device.bytes.set(0, 0);
			return Promise.resolve();
		},
		putTable: (path) => {
			storage.acpi.sources.add(path);
			return Promise.resolve();
		},
		dispose: () => Promise.resolve(),
	});
});

/** The real program if it is installed, a stand-in, and none. */
const WAYS = [...(findCommand('fatrw') === undefined ? [] : ['fatrw']), 'stand-in', 'no-such-program'];

for (const way of WAYS) {
	describeBootStorage(`files, ${way}`, async () => {
		const directory = await makeTempDirectory();
		const { path } = directory;
		const root = `${path}/root`;
		const put = async (file: string, content: string | Uint8Array) => {
			await mkdir(dirname(`${root}/${file}`), { recursive: true });
			await writeFile(`${root}/${file}`, content);
		};
		await mkdir(`${path}/boot`);
		await put('sys/kernel/config/acpi/table/.keep', '');
		const script = async (name: string, text: string) => {
			await writeFile(`${path}/${name}`, `#!/bin/sh\n${text}\n`);
			await chmod(`${path}/${name}`, 0o755);
			return `${path}/${name}`;
		};
		const fatrw =
			way === 'stand-in' ? await script('fatrw', 'case $1 in read) cat "$2";; write) cat > "$2";; esac') : way;
		return {
			storage: {
				partition: new BootPartitionFiles({ bootPath: `${path}/boot`, fatrw }),
				device: BootDeviceFile.below(root),
				acpi: new ConfigFsTables({ rootPath: root, modprobe: await script('modprobe', '[ "$*" = acpi_configfs ]') }),
			},
			plugDevice: async () => {
				await put('dev/mmcblk0boot0', Buffer.alloc(20_480));
				await put('sys/block/mmcblk0boot0/force_ro', '1');
			},
			putTable: async (file) => {
				await put(file, 'the table');
				// The kernel makes the attributes with the directory; here they are there before, and so is the directory.
				const made = 'sys/kernel/config/acpi/table/a';
				await put(`${made}/oem_id`, 'X\n');
				await put(`${made}/oem_table_id`, 'Y\n');
				await put(`${made}/oem_revision`, '1\n');
				await copyFile(`${root}/${file}`, `${root}/${made}/aml`);
			},
			dispose: () => directory.remove(),
		};
	});
}
