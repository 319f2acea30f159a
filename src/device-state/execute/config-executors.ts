import type { StepOf } from '../../domain/step.ts';
import { ReportOnce } from '../../lib/report-once.ts';
import type { Executors } from '../../ports/executors.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { DeviceExecutorOptions } from './device-executor-options.ts';

/** Writes the changes that the planner found: settings, boot files, the VPN (spec: config 5.4). */
export function configExecutors(
	options: Pick<DeviceExecutorOptions, 'config' | 'boot' | 'vpn' | 'systemLog'>,
): Pick<Executors, 'changeSettings' | 'changeBootConfig' | 'setVpn'> {
	const { config, vpn, systemLog } = options;
	const change = new BootChange(options);
	return {
		changeSettings: ({ settings, variables }) =>
			changeConfig({ systemLog, variables, quiet: false, write: () => config.set(settings) }),
		changeBootConfig: (step) => change.apply(step),
		setVpn: ({ enabled, quiet }) => {
			const variables = { SUPERVISOR_VPN_CONTROL: String(enabled) };
			return changeConfig({ systemLog, variables, quiet, write: () => vpn.set(enabled) });
		},
	};
}

/** Notifies the user before and after the change; of a quiet change only when it fails. */
async function changeConfig(change: {
	readonly systemLog: DeviceExecutorOptions['systemLog'];
	readonly variables: Readonly<Record<string, string>>;
	readonly quiet: boolean;
	readonly write: () => Promise<void>;
}): Promise<void> {
	const { systemLog, variables, quiet, write } = change;
	const json = JSON.stringify(variables);
	if (!quiet) {
		systemLog.write(`Applying configuration change ${json}`);
	}
	try {
		await write();
	} catch (error) {
		systemLog.write(`Error applying configuration change: ${String(error)}`, { error: true });
		throw error;
	}
	if (!quiet) {
		systemLog.write(`Applied configuration change ${json}`);
	}
}

/** Boot files: writes the differences that exist when the step runs. If it is repeated, nothing is left to write. */
class BootChange {
	readonly #options: Pick<DeviceExecutorOptions, 'boot' | 'systemLog'>;
	/** The last failure that the user was notified of, by variables: the step is retried again and again. */
	readonly #reported = new ReportOnce();

	constructor(options: Pick<DeviceExecutorOptions, 'boot' | 'systemLog'>) {
		this.#options = options;
	}

	async apply(step: StepOf<'changeBootConfig'>): Promise<void> {
		const json = JSON.stringify(step.variables);
		this.#reported.keepOnly([json]);
		try {
			await this.#write(step, this.#reported.has(json));
			this.#reported.forget(json);
		} catch (error) {
			const message = messageOf(error);
			if (this.#reported.isNew(json, message)) {
				this.#options.systemLog.write(message, { error: true });
			}
			throw error;
		} finally {
			this.#options.boot.refresh();
		}
	}

	async #write({ variables, needsReboot }: StepOf<'changeBootConfig'>, isRepeated: boolean): Promise<void> {
		const { boot, systemLog } = this.#options;
		const { changed, refusal } = await boot.findDifferences(variables);
		if (refusal !== undefined) {
			throw new OperationalError('boot-config-refused', refusal.message);
		}
		if (!needsReboot && changed.some((backend) => backend.needsReboot)) {
			return; // boot files have changed since the step was planned: the next plan marks the reboot first
		}
		for (const backend of changed) {
			if (!isRepeated) {
				systemLog.write(`Applying boot config: ${JSON.stringify(backend.asked)}`);
			}
			await boot.write(backend);
			systemLog.write(`Applied boot config: ${JSON.stringify(backend.options)}`);
		}
	}
}

function messageOf(error: unknown): string {
	return error instanceof OperationalError && error.code === 'boot-config-refused'
		? error.message
		: `Error setting boot config: ${error instanceof Error ? error.message : String(error)}`;
}
