import { expect } from 'chai';
import type { BootStorage } from '../../src/ports/boot-storage.ts';
import { rejectionOf } from '../unit/adapters/sqlite/raw-database.ts';

interface StorageUnderTest {
	readonly storage: BootStorage;
	/** The boot device appears. */
	readonly plugDevice: () => Promise<void>;
	/** Puts a source of a table below the host's root, as another program would. */
	readonly putTable: (path: string) => Promise<void>;
	dispose(): Promise<void>;
}

const NO_TEXT = Uint8Array.from([0x89, 0x50, 0x00, 0xff, 0xfe, 0x0a, 0x0d]);

/** The contract of every implementation of the boot storage ports. */
export function describeBootStorage(name: string, make: () => Promise<StorageUnderTest>): void {
	describe(`boot storage: ${name}`, () => {
		let test: StorageUnderTest;

		beforeEach(async () => {
			test = await make();
		});

		afterEach(() => test.dispose());

		it('has no file and no directory at first', async () => {
			const { partition } = test.storage;
			expect(await partition.read('config.txt')).to.equal(undefined);
			expect(await partition.list('splash')).to.deep.equal([]);
		});

		it('reads back any bytes that were written', async () => {
			const { partition } = test.storage;
			for (const content of [NO_TEXT, Buffer.from('gpu_mem=16\n'), Buffer.alloc(0)]) {
				await partition.write('config.txt', content);
				expect(Buffer.from((await partition.read('config.txt')) ?? [1])).to.deep.equal(Buffer.from(content));
			}
			expect(await partition.list('')).to.deep.equal(['config.txt']);
		});

		it('has no boot device at first', async () => {
			expect((await rejectionOf(test.storage.device.read([1]))).message).to.include('File not found at: ');
		});

		it('writes single bytes of the boot device', async () => {
			const { device } = test.storage;
			await test.plugDevice();
			await device.write([
				{ offset: 1659, byte: 6 },
				{ offset: 18043, byte: 7 },
			]);
			expect(await device.read([1659, 1660, 18043])).to.deep.equal([6, 0, 7]);
		});

		it('reports that a table is missing', async () => {
			const { acpi } = test.storage;
			await acpi.enable();
			const table = { source: 'boot/acpi-tables/a.aml', directory: 'sys/kernel/config/acpi/table/a' };
			expect(await acpi.load(table)).to.deep.equal({ state: 'missing' });
			await test.putTable(table.source);
			const loaded = await acpi.load(table);
			expect(loaded.state === 'loaded' && loaded.attributes['oem_id']).to.equal('X');
		});
	});
}
