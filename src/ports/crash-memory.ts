import type { Crash, PausedCrash } from '../domain/crash.ts';

/** Outlives the supervisor: a service that crashes is not started more often because we are. */
export interface CrashMemory {
	/** By container. The same object until something changes. */
	list(): Promise<ReadonlyMap<string, PausedCrash>>;
	/** It is about to be started again. `isNewRow`: it had run long enough to be taken for well. */
	note(crash: Omit<Crash, 'restarts'>, isNewRow: boolean): Promise<void>;
}
