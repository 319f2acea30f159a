import { variablesToStore } from '../../src/config/index.ts';
import { configExecutors } from '../../src/device-state/execute/config-executors.ts';
import { compareConfig, type ChangedBoot } from '../../src/device-state/planner/compare-config.ts';
import type { BootConfig } from '../../src/host/index.ts';
import { PLAIN_CONFIG } from './device-config.ts';

type Variables = Readonly<Record<string, string>>;

/** The boot configuration of a device as planner and executor see it: what a target changes, and how it is written. */
export class BootChanges {
	readonly #boot: BootConfig;
	readonly #execute: (variables: Variables) => Promise<void>;
	/** Warnings of the comparison made last. */
	warnings: readonly string[] = [];

	constructor(boot: BootConfig, systemLog: { write(line: string): void }) {
		this.#boot = boot;
		const { changeBootConfig } = configExecutors({
			boot,
			systemLog,
			config: { set: () => Promise.resolve() },
			vpn: { set: () => Promise.resolve() },
		});
		this.#execute = (variables) =>
			changeBootConfig(
				{ kind: 'changeBootConfig', variables, backends: [], needsReboot: true },
				{
					signal: new AbortController().signal,
					progress: () => undefined,
				},
			);
	}

	/** `undefined`: nothing. */
	async find(variables: Variables): Promise<ChangedBoot | undefined> {
		const host = { ...PLAIN_CONFIG, boot: await this.#boot.observe() };
		const at = { now: 0, history: { hasSettled: true } };
		const { boot, notes } = compareConfig({ variables: variablesToStore(variables) }, host, at);
		this.warnings = notes.map(({ message }) => message);
		return boot;
	}

	apply(variables: Variables): Promise<void> {
		return this.#execute(variables);
	}
}
