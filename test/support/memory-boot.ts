import type {
	AcpiTables,
	AcpiTableState,
	BootDevice,
	BootPartition,
	BootStorage,
} from '../../src/ports/boot-storage.ts';
import { OperationalError } from '../../src/ports/operational-error.ts';
import { SystemBusError, type SystemUnits } from '../../src/ports/system-units.ts';

/** A boot partition in memory, with a count of what it was asked. */
class MemoryBootPartition implements BootPartition {
	readonly files = new Map<string, Uint8Array>();
	reads = 0;
	readonly written: string[] = [];
	/** Called before a file is written. */
	onWrite: (path: string, content: Uint8Array) => void = () => undefined;
	/** Paths that cannot be read or written. */
	readonly broken = new Set<string>();

	setText(path: string, text: string): void {
		this.files.set(path, Buffer.from(text));
	}

	text(path: string): string | undefined {
		const content = this.files.get(path);
		return content && Buffer.from(content).toString('utf8');
	}

	read(path: string): Promise<Uint8Array | undefined> {
		this.reads += 1;
		return this.broken.has(path) ? fail(`cannot read ${path}`) : Promise.resolve(this.files.get(path));
	}

	write(path: string, content: Uint8Array): Promise<void> {
		if (this.broken.has(path)) {
			return fail(`cannot write ${path}`);
		}
		this.onWrite(path, content);
		this.written.push(path);
		this.files.set(path, content);
		return Promise.resolve();
	}

	async replace(path: string, content: string, expected: string | undefined): Promise<boolean> {
		if (this.text(path) !== expected) {
			return false;
		}
		await this.write(path, Buffer.from(content));
		return true;
	}

	list(path: string): Promise<readonly string[]> {
		const below = path === '' ? '' : `${path}/`;
		const names = [...this.files.keys()].filter((name) => name.startsWith(below));
		return Promise.resolve([...new Set(names.map((name) => name.slice(below.length).split('/')[0] ?? ''))]);
	}
}

/** A boot device in memory; none until it holds something. */
class MemoryBootDevice implements BootDevice {
	readonly bytes = new Map<number, number>();

	read(offsets: readonly number[]): Promise<readonly number[]> {
		return this.bytes.size === 0
			? fail('File not found at: /dev/mmcblk0boot0')
			: Promise.resolve(offsets.map((offset) => this.bytes.get(offset) ?? 0));
	}

	write(bytes: readonly { readonly offset: number; readonly byte: number }[]): Promise<void> {
		bytes.forEach(({ offset, byte }) => this.bytes.set(offset, byte));
		return Promise.resolve();
	}
}

class MemoryAcpiTables implements AcpiTables {
	/** Below the root of the host. */
	readonly sources = new Set<string>();
	readonly loaded: string[] = [];
	isEnabled = false;

	enable(): Promise<void> {
		this.isEnabled = true;
		return Promise.resolve();
	}

	load({ source, directory }: { readonly source: string; readonly directory: string }): Promise<AcpiTableState> {
		if (!this.sources.has(source)) {
			return Promise.resolve({ state: 'missing' });
		}
		this.loaded.push(directory);
		return Promise.resolve({ state: 'loaded', attributes: { oem_id: 'X' } });
	}
}

export class MemoryBootStorage implements BootStorage {
	readonly partition = new MemoryBootPartition();
	readonly device = new MemoryBootDevice();
	readonly acpi = new MemoryAcpiTables();
}

/** systemd in memory. */
export class MemoryUnits implements SystemUnits {
	/** Of those that are loaded. */
	readonly states = new Map<string, string>();
	readonly calls: string[] = [];
	reads = 0;
	/** There is no bus. */
	isAway = false;
	/** What was asked for never happens. */
	isStubborn = false;
	/** Called before a unit is changed, also where that fails. */
	onChange: (verb: string, unit: string) => void = () => undefined;

	startUnit(unit: string): Promise<void> {
		return this.#change('start', unit, 'active');
	}

	stopUnit(unit: string): Promise<void> {
		return this.#change('stop', unit, 'inactive');
	}

	restartUnit(unit: string): Promise<void> {
		return this.#change('restart', unit, 'active');
	}

	unitActiveState(unit: string): Promise<string | undefined> {
		this.reads += 1;
		return this.isAway ? Promise.reject(noBus()) : Promise.resolve(this.states.get(unit));
	}

	unitPartOf(): Promise<readonly string[] | undefined> {
		return Promise.resolve([]);
	}

	#change(verb: string, unit: string, state: string): Promise<void> {
		this.onChange(verb, unit);
		if (this.isAway) {
			return Promise.reject(noBus());
		}
		this.calls.push(`${verb} ${unit}`);
		if (!this.states.has(unit)) {
			return Promise.reject(new SystemBusError('unit-missing', `Unit ${unit} not loaded.`));
		}
		if (!this.isStubborn) {
			this.states.set(unit, state);
		}
		return Promise.resolve();
	}
}

function noBus(): SystemBusError {
	return new SystemBusError('bus-unreachable', 'no connection to the system bus');
}

function fail(message: string): Promise<never> {
	return Promise.reject(new OperationalError('test', message));
}
