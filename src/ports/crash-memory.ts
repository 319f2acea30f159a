import type { Crash, PausedCrash } from '../domain/crash.ts';

/** Survives restarts of the supervisor, so that they do not shorten the pauses of a crashing service. */
export interface CrashMemory {
	/** By container id. The same object until something changes. */
	list(): Promise<ReadonlyMap<string, PausedCrash>>;
	/** A start follows. `isNewRow`: it ran long enough to count as well, so counting starts again. */
	note(crash: Omit<Crash, 'restarts'>, isNewRow: boolean): Promise<void>;
}
