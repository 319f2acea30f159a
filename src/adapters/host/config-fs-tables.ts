import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AcpiTables, AcpiTableState } from '../../ports/boot-storage.ts';
import { FileError, toFileError, pathExists, readText, runProgram } from '../files/index.ts';

interface ConfigFsOptions {
	readonly rootPath: string;
	readonly modprobe?: string;
}

const MODULE = 'acpi_configfs';
const ATTRIBUTES = ['oem_id', 'oem_table_id', 'oem_revision'] as const;

export class ConfigFsTables implements AcpiTables {
	readonly #rootPath: string;
	readonly #modprobe: string;

	constructor({ rootPath, modprobe = 'modprobe' }: ConfigFsOptions) {
		this.#rootPath = rootPath;
		this.#modprobe = modprobe;
	}

	async enable(): Promise<void> {
		const result = await runProgram(this.#modprobe, [MODULE]);
		if (result.state === 'missing' || result.exitCode !== 0) {
			const why = result.state === 'missing' ? 'there is no modprobe' : result.stderr.trim();
			throw new FileError('file-missing', `Kernel module ${MODULE} cannot be loaded: ${why}`);
		}
	}

	async load(table: { readonly source: string; readonly directory: string }): Promise<AcpiTableState> {
		const source = `${this.#rootPath}/${table.source}`;
		const directory = `${this.#rootPath}/${table.directory}`;
		if (!(await pathExists(source))) {
			return { state: 'missing' };
		}
		// The kernel accepts a table once, in one write, and refuses another one for the same directory.
		if (!(await pathExists(directory))) {
			try {
				await mkdir(directory);
				await writeFile(`${directory}/aml`, await readFile(source));
			} catch (error) {
				throw toFileError('file-unwritable', directory, error);
			}
		}
		const attributes: Record<string, string> = {};
		for (const name of ATTRIBUTES) {
			attributes[name] = (await readText(`${directory}/${name}`)).trim();
		}
		return { state: 'loaded', attributes };
	}
}
