/** What the engine says of itself. A member that it leaves out is `undefined`. */
export interface EngineFacts {
	readonly version: string | undefined;
	/** Of its API: `1.41`. */
	readonly apiVersion: string | undefined;
	readonly storageDriver: string | undefined;
	/** `1` or `2`. */
	readonly cgroupVersion: string | undefined;
	readonly limitsMemory: boolean | undefined;
	readonly limitsSwap: boolean | undefined;
	/** Runtimes (`nvidia`), and folders of CDI specifications, through which a container gets a GPU. */
	readonly gpuSources: readonly string[];
}

/** Rejects with `EngineError`. */
export type ReadEngineFacts = () => Promise<EngineFacts>;
