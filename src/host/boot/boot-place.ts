import {
	compareBoot,
	bootOptionsOf,
	type BootBackend,
	type BootOptions,
	type BootResult,
	type BootRules,
	type BootVariables,
} from '../boot-config/index.ts';

/** A backend together with where it keeps its options. In what form it keeps them is nobody else's business. */
export interface BootPlace {
	readonly rules: BootRules;
	/** Once for each process, before anything is read. */
	initialise(): Promise<void>;
	read(): Promise<BootResult<BootOptions>>;
	/** Reads as well. */
	compare(target: BootVariables, deviceType: string): Promise<BootResult<ComparedPlace>>;
}

export interface ComparedPlace {
	readonly rules: BootRules;
	/** As the target says. */
	readonly asked: BootOptions;
	/** With what the type of device requires. */
	readonly options: BootOptions;
	readonly isChanged: boolean;
	readonly needsReboot: boolean;
	write(): Promise<void>;
}

export interface Keeping<C> {
	readonly read: () => Promise<C>;
	readonly write: (content: C) => Promise<void>;
	readonly initialise?: () => Promise<void>;
}

export function placeOf<C>(backend: BootBackend<C>, { read, write, initialise }: Keeping<C>): BootPlace {
	return {
		rules: backend,
		initialise: () => initialise?.() ?? Promise.resolve(),
		read: async () => backend.parse(await read()),
		compare: async (target, deviceType) => {
			const asked = bootOptionsOf(backend, target);
			if (!asked.ok) {
				return asked;
			}
			const compared = compareBoot(backend, { target, existing: await read(), deviceType });
			if (!compared.ok) {
				return compared;
			}
			const { content, ...rest } = compared.value;
			return { ...compared, value: { ...rest, rules: backend, asked: asked.value, write: () => write(content) } };
		},
	};
}
