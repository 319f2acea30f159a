/** What the engine had when local mode was entered: ids. */
export interface EngineSnapshot {
	readonly containers: readonly string[];
	readonly images: readonly string[];
	readonly volumes: readonly string[];
	readonly networks: readonly string[];
}

/** Table `engineSnapshot`: at most one. */
export interface SnapshotStore {
	read(): Promise<{ readonly snapshot: EngineSnapshot; readonly takenAt: string } | undefined>;
	/** Replaces the one before. */
	save(snapshot: EngineSnapshot, takenAt: Date): Promise<void>;
	remove(): Promise<void>;
}
