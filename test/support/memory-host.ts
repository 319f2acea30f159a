import type { HostConfigChange } from '../../src/domain/host-config.ts';
import type { Crash, PausedCrash } from '../../src/domain/crash.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { CrashMemory } from '../../src/ports/crash-memory.ts';
import { isSameCause, type RebootCause } from '../../src/domain/reboot.ts';
import type { HandOverFiles } from '../../src/ports/hand-over.ts';
import type { MigrationBackup } from '../../src/ports/migration-backup.ts';
import type { ClaimedMark, HostPower, RebootMark, RebootMarkState } from '../../src/ports/host-power.ts';

/** Parts of the operating system in memory, for simulations. */
export class MemoryHandOver implements HandOverFiles {
	/** `1/web`: services that have said so. */
	readonly completed = new Set<string>();

	takeCompletion(appId: number, serviceName: string): Promise<boolean> {
		return Promise.resolve(this.completed.delete(`${appId}/${serviceName}`));
	}
}

/** A device that brought nothing with it. */
export const noBackup: MigrationBackup = {
	exists: () => Promise.resolve(false),
	unpack: () => Promise.resolve([]),
	restore: () => Promise.resolve({}),
	discard: () => Promise.resolve(),
	finish: () => Promise.resolve(),
};

/** As the table, with pauses that count by the virtual clock. */
export class MemoryCrashes implements CrashMemory {
	readonly #clock: Pick<Clock, 'now'>;
	#crashes: ReadonlyMap<string, PausedCrash> = new Map();

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	list(): Promise<ReadonlyMap<string, PausedCrash>> {
		return Promise.resolve(this.#crashes);
	}

	note(crash: Omit<Crash, 'restarts'>, isNewRow: boolean): Promise<void> {
		const restarts = (isNewRow ? 0 : (this.#crashes.get(crash.containerId)?.restarts ?? 0)) + 1;
		const until = this.#clock.now() + Math.min(300_000, 10_000 * 2 ** (restarts - 1));
		this.#crashes = new Map([...this.#crashes, [crash.containerId, { ...crash, restarts, until }]]);
		return Promise.resolve();
	}
}

/** Records its calls. */
export class MemoryHostConfig {
	readonly applied: HostConfigChange[] = [];
	lastChange: string | undefined;

	apply(requestId: string, change: HostConfigChange): Promise<void> {
		this.applied.push(change);
		this.lastChange = requestId;
		return Promise.resolve();
	}
}

export class MemoryHost implements RebootMark, HostPower {
	mark: RebootMarkState = 'none';
	booted = '1970-01-01T00:00:00.000Z';
	updating = false;
	readonly asked: string[] = [];
	#marked: readonly RebootCause[] = [];
	#marks = 0;

	/** The effect of a boot: tmpfs is cleared. */
	boot(wall: Date): void {
		this.mark = 'none';
		this.#marked = [];
		this.#marks += 1;
		this.booted = wall.toISOString();
	}

	state(): Promise<RebootMarkState> {
		return Promise.resolve(this.mark);
	}

	causes(): Promise<readonly RebootCause[]> {
		return Promise.resolve(this.mark === 'required' ? this.#marked : []);
	}

	set(cause?: RebootCause): Promise<void> {
		this.mark = 'required';
		if (cause !== undefined && !this.#marked.some((each) => isSameCause(each, cause))) {
			this.#marked = [...this.#marked, cause];
		}
		return Promise.resolve();
	}

	claim(): Promise<ClaimedMark> {
		return Promise.resolve({ id: String(this.#marks), causes: this.#marked });
	}

	bootedAt(): Promise<string> {
		return Promise.resolve(this.booted);
	}

	isHostUpdating(): Promise<boolean> {
		return Promise.resolve(this.updating);
	}

	reboot(): Promise<void> {
		this.asked.push('reboot');
		return Promise.resolve();
	}

	powerOff(): Promise<void> {
		this.asked.push('shutdown');
		return Promise.resolve();
	}
}
