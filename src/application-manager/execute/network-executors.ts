import type { StepOf } from '../../domain/step.ts';
import { EngineError } from '../../ports/engine.ts';
import type { Executors } from '../../ports/executors.ts';
import {
	compareNetwork,
	compareVolume,
	EXTRA_FIRMWARE_VOLUME,
	isSupervisorNetwork,
	networkBody,
	readNetwork,
	readVolume,
	SUPERVISOR_NETWORK,
	supervisorNetworkBody,
	volumeBody,
} from '../compose/index.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { reportOutcome } from './report-outcome.ts';

type NetworkSteps =
	| 'createNetwork'
	| 'removeNetwork'
	| 'createVolume'
	| 'removeVolume'
	| 'ensureSupervisorNetwork'
	| 'ensureExtraFirmwareVolume'
	| 'cleanupVolume';

/**
 * An equal object that exists already is success, a different one of that name is a failure (spec: compose 6.4, 7.3).
 */
export function networkExecutors(options: ExecutorOptions): Pick<Executors, NetworkSteps> {
	const { engine, keptVolumes } = options;
	const removeVolume = (name: string, object: string) =>
		reportOutcome(options, { before: 'Removing volume', failed: 'Error removing volume', object }, async () => {
			await engine.removeVolume(name);
			await keptVolumes.forget(name);
		});
	return {
		createNetwork: (step) => createNetwork(step, options),
		removeNetwork: ({ networkId, networkName }) =>
			reportOutcome(
				options,
				{ before: 'Removing network', failed: 'Error removing network', object: networkName },
				() => engine.removeNetwork(networkId),
			),
		createVolume: (step) => createVolume(step, options),
		removeVolume: ({ name, volumeName }) => removeVolume(name, volumeName),
		cleanupVolume: ({ name }) => removeVolume(name, name),
		ensureSupervisorNetwork: () => ensureSupervisorNetwork(options),
		ensureExtraFirmwareVolume: async () => {
			// The engine answers a second creation with the existing volume.
			await engine.createVolume({ Name: EXTRA_FIRMWARE_VOLUME });
			await options.setExtraFirmware();
		},
	};
}

async function createNetwork({ network }: StepOf<'createNetwork'>, options: ExecutorOptions): Promise<void> {
	const { engine } = options;
	const texts = { before: 'Creating network', failed: 'Error creating network', object: network.networkName };
	await reportOutcome(options, texts, async () => {
		for (const there of await engine.listNetworks()) {
			const view = there.Name === network.engineName ? readNetwork(there) : undefined;
			if (view?.ok === true && compareNetwork(view.value, network).length === 0) {
				return;
			}
			if (there.Name === network.engineName) {
				throw new EngineError('engine-conflict', differentOneExists('network', network.networkName));
			}
		}
		await engine.createNetwork(networkBody(network));
	});
}

async function createVolume({ volume }: StepOf<'createVolume'>, options: ExecutorOptions): Promise<void> {
	const { engine } = options;
	const texts = { before: 'Creating volume', failed: 'Error creating volume', object: volume.volumeName };
	await reportOutcome(options, texts, async () => {
		const there = (await engine.listVolumes()).find(({ Name }) => Name === volume.engineName);
		const view = there === undefined ? undefined : readVolume(there);
		if (view === undefined) {
			await engine.createVolume(volumeBody(volume));
		} else if (compareVolume(view, volume).length > 0) {
			throw new EngineError('engine-conflict', differentOneExists('volume', volume.volumeName));
		}
	});
}

function differentOneExists(what: string, name: string): string {
	return `Trying to create ${what} with name: ${name}, but a ${what} with that name and a different configuration already exists`;
}

async function ensureSupervisorNetwork({ engine }: ExecutorOptions): Promise<void> {
	for (const network of await engine.listNetworks()) {
		if (network.Name !== SUPERVISOR_NETWORK) {
			continue;
		}
		if (isSupervisorNetwork(network)) {
			return;
		}
		await engine.removeNetwork(network.Id);
	}
	await engine.createNetwork(supervisorNetworkBody);
}
