import { isPlainObject } from '../../lib/is-plain-object.ts';
import {
	done,
	namedByList,
	USUAL_RULES,
	type BootBackend,
	type BootOptions,
	type BootResult,
	type BootValue,
} from './backend.ts';
import { readJson } from './json-value.ts';

const PREFIX = 'HOST_CONFIGFS_';
const NAMING = namedByList(PREFIX, ['ssdt']);

/** ACPI tables that the operating system loads through configfs (spec: host 3.6). Other properties of the file stay. */
export const CONFIG_FS: BootBackend<string | undefined> = {
	...USUAL_RULES,
	name: 'config-fs',
	supports: ({ deviceType }) => deviceType === 'up-board',
	isBootVariable: NAMING.isBootVariable,
	// The predecessor logs the variable as the name of the option.
	optionOf: (variable) => variable,
	variableOf: (option) => NAMING.variableOf(NAMING.optionOf(option)),
	isOptionAllowed: NAMING.isBootVariable,
	parseValue: (option, text) => done(NAMING.isBootVariable(option) ? parseTables(text) : text),
	parse: parseConfigFs,
	serialise: serialiseConfigFs,
};

interface AcpiTable {
	readonly name: string;
	/** Relative to the root of the host: the table to load. */
	readonly source: string;
	/** Relative to the root of the host: the directory to create, whose attribute `aml` gets the bytes of the source. */
	readonly directory: string;
}

/** The tables to load when the process starts. A name that leads out of the folder loads none. */
export function acpiTablesOf(options: BootOptions): readonly AcpiTable[] {
	return tablesIn(options)
		.filter((name) => !name.includes('/') && !name.startsWith('.'))
		.map((name) => ({
			name,
			source: `boot/acpi-tables/${name}.aml`,
			directory: `sys/kernel/config/acpi/table/${name}`,
		}));
}

function parseTables(text: string): BootValue {
	return text.startsWith('"') ? text.split(',').map((part) => part.replaceAll('"', '').trim()) : [text];
}

function parseConfigFs(text: string | undefined): BootResult<BootOptions> {
	const { ssdt } = readProperties(text);
	const tables = [ssdt].flat().filter((table) => typeof table === 'string');
	return done(tables.length === 0 ? {} : { ssdt: tables });
}

function serialiseConfigFs(options: BootOptions, existing: string | undefined): BootResult<string> {
	const properties = new Map(Object.entries(readProperties(existing)));
	const tables = tablesIn(options);
	if (tables.length === 0) {
		properties.delete('ssdt');
	} else {
		properties.set('ssdt', tables);
	}
	return done(JSON.stringify(Object.fromEntries(properties)));
}

function tablesIn(options: BootOptions): readonly string[] {
	return Object.entries(options)
		.filter(([option]) => NAMING.isBootVariable(option))
		.flatMap(([, tables]) => tables)
		.filter((table) => table !== '');
}

/** A file without meaning counts as absent: the next write replaces it. */
function readProperties(text: string | undefined): Readonly<Record<string, unknown>> {
	const properties = readJson(text ?? '');
	return isPlainObject(properties) ? properties : {};
}
