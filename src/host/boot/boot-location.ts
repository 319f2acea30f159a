import type { BootBackendName, BootContents, CurrentBootBackend, ReadBootBackend } from '../../domain/device-config.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { BootBackend, BootOptions } from '../boot-config/index.ts';

/** Where one backend keeps its content. Only the backend knows its form. */
export interface BootLocation {
	/** Once for each process, before the first read. */
	initialise(): Promise<void>;
	/** A location that cannot be read is an answer too: the rest of the device continues. */
	observe(): Promise<CurrentBootBackend>;
	/** Reads the present content, and keeps everything that is not an option. */
	write(options: BootOptions, deviceType: string): Promise<void>;
}

export interface Keeping<C> {
	readonly read: () => Promise<C>;
	/** `false`: another program has written since `before` was read, and nothing was written. */
	readonly write: (content: C, before: C) => Promise<boolean>;
	readonly initialise?: () => Promise<void>;
}

/** A person or a program may write in the same moment. */
const TRIES = 10;

export function placeOf<N extends BootBackendName>(
	name: N,
	backend: BootBackend<BootContents[N]>,
	{ read, write, initialise }: Keeping<BootContents[N]>,
): BootLocation {
	return {
		initialise: () => initialise?.() ?? Promise.resolve(),
		observe: async () => {
			try {
				const observed: ReadBootBackend<N> = { name, state: 'read', content: await read() };
				return observed as CurrentBootBackend; // the union of all names contains this one
			} catch (error) {
				if (!(error instanceof OperationalError)) {
					throw error;
				}
				return { name, state: 'unreadable', error: error.message };
			}
		},
		write: async (options, deviceType) => {
			for (let attempt = 0; attempt < TRIES; attempt += 1) {
				const before = await read();
				const kept = backend.serialise(options, before, deviceType);
				if (!kept.ok) {
					throw new OperationalError('boot-config-refused', kept.message);
				}
				if (await write(kept.value, before)) {
					return;
				}
			}
			throw new OperationalError(
				'boot-config-busy',
				`${name} was changed by other programs at each attempt to write it`,
			);
		},
	};
}
