import type { DeviceStatePorts } from '../../src/device-state/index.ts';
import { isSameRelease, type HostUpdateMark, type HostUpdateRecord } from '../../src/domain/host-os.ts';
import type { HostRelease } from '../../src/domain/host-release.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { HostUpdateMarks, HostUpdateStore } from '../../src/ports/host-updates.ts';
import { SystemBusError } from '../../src/ports/system-units.ts';
import type { RunUnitOptions, TransientUnit, TransientUnits, UnitEnd } from '../../src/ports/transient-units.ts';

/** Survives boots. */
export class MemoryHostUpdateStore implements HostUpdateStore {
	#records: readonly HostUpdateRecord[] = [];
	readonly #clock: Pick<Clock, 'now'>;

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	list(): Promise<readonly HostUpdateRecord[]> {
		return Promise.resolve(this.#records);
	}

	begin(release: HostRelease, attempts: number): Promise<void> {
		const others = this.#records.filter((each) => each.release.commit !== release.commit);
		this.#records = [...others, { release, attempts, attemptedAt: this.#clock.now() }];
		return Promise.resolve();
	}

	fail(release: HostRelease, failure: string): Promise<void> {
		this.#records = this.#records.map((each) => (isSameRelease(each.release, release) ? { ...each, failure } : each));
		return Promise.resolve();
	}

	keepOnly(release: HostRelease): Promise<void> {
		this.#records = [{ release, attempts: 0 }];
		return Promise.resolve();
	}
}

/**
 * A host whose OS can be updated: systemd that runs one updater, the tmpfs with its mark, the build that it shows. A boot
 * ends the unit and clears the mark; an installed release takes effect then, unless the OS rolls back.
 */
export class MemoryHostOs implements TransientUnits, HostUpdateMarks {
	build = 'build 1';
	mark: HostUpdateMark | undefined;
	/** Without systemd every call of it fails. */
	hasSystemd = true;
	isForeignUpdate = false;
	/** It shuts down: then systemd starts nothing new. */
	isGoingDown = () => false;
	/** How the updaters end, in their order; then with success. */
	readonly ends: UnitEnd[] = [];
	/** Each start: what the unit was asked to run. */
	readonly starts: TransientUnit[] = [];
	/** Updaters whose image was unpacked. */
	unpacked = 0;
	lines: readonly string[] = [];
	/** Called before each call. */
	onCall: (call: string) => void = () => undefined;
	onStart: () => void = () => undefined;
	/** One that should have been started beside it. */
	onRefusal: () => void = () => undefined;
	#running:
		{ readonly name: string; readonly end: Promise<UnitEnd>; readonly finish: (end: UnitEnd) => void } | undefined;
	#failed: UnitEnd | undefined;

	get isUnitRunning(): boolean {
		return this.#running !== undefined;
	}

	read(): Promise<HostUpdateMark | undefined> {
		this.onCall('read the mark');
		return Promise.resolve(this.mark);
	}

	set(mark: HostUpdateMark): Promise<void> {
		this.mark = mark;
		return Promise.resolve();
	}

	clear(): Promise<void> {
		this.mark = undefined;
		return Promise.resolve();
	}

	async run(unit: TransientUnit, { signal, onStarted }: RunUnitOptions): Promise<UnitEnd> {
		this.#requireSystemd();
		if (this.isGoingDown()) {
			throw new SystemBusError('bus-refused', `Transaction for ${unit.name} is destructive`);
		}
		if (this.#running !== undefined) {
			this.onRefusal();
			throw new SystemBusError('unit-exists', `Unit ${unit.name} was already loaded.`);
		}
		this.starts.push(unit);
		this.onStart();
		this.begin(unit.name);
		await onStarted?.();
		return (await this.waitForEnd(unit.name, signal)) ?? { kind: 'succeeded' };
	}

	isRunning(): Promise<boolean> {
		this.#requireSystemd();
		return Promise.resolve(this.#running !== undefined);
	}

	async waitForEnd(_name: string, signal: AbortSignal): Promise<UnitEnd | undefined> {
		this.#requireSystemd();
		const end = this.#running?.end ?? Promise.resolve(this.#failed);
		return await new Promise((resolve, reject) => {
			signal.addEventListener('abort', () => {
				reject(signal.reason as Error);
			});
			void end.then(resolve);
		});
	}

	/** A unit of that name runs from now on. */
	begin(name = 'os-update.service'): void {
		let finish: (end: UnitEnd) => void = () => undefined;
		const end = new Promise<UnitEnd>((resolve) => {
			finish = resolve;
		});
		this.#failed = undefined;
		this.#running = { name, end, finish };
	}

	/** The unit that runs ends, by default as `ends` says. */
	endUnit(end: UnitEnd = this.ends.shift() ?? { kind: 'succeeded' }): void {
		const running = this.#running;
		this.#running = undefined;
		this.#failed = end.kind === 'failed' ? end : undefined;
		running?.finish(end);
	}

	/** The power was cut, or the device reboots. */
	boot(build: string = this.build): void {
		this.#running = undefined;
		this.#failed = undefined;
		this.mark = undefined;
		this.build = build;
	}

	#requireSystemd(): void {
		this.onCall('ask systemd');
		if (!this.hasSystemd) throw new SystemBusError('bus-unreachable', 'no connection to the system bus');
	}
}

export function hostOsPorts(
	host: MemoryHostOs,
	records: HostUpdateStore,
	overrides: Partial<DeviceStatePorts['hostOs']> = {},
): DeviceStatePorts['hostOs'] {
	return {
		osRelease: () => Promise.resolve(new Map([['BALENA_BOARD_REV', host.build]])),
		hasRollbackBreadcrumb: () => Promise.resolve(host.isForeignUpdate),
		records,
		marks: host,
		folder: {
			hostPath: '/tmp/balena-supervisor/balenahup',
			replace: () => {
				host.unpacked += 1;
				return Promise.resolve();
			},
			checkSpace: () => Promise.resolve(),
		},
		files: { readFolder: () => Promise.resolve((async function* () {})()) },
		units: host,
		journal: { lastLines: () => Promise.resolve(host.lines) },
		...overrides,
	};
}
