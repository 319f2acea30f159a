import { variablesToStore } from '../config/index.ts';
import { DryRun } from '../device-state/index.ts';
import type { DeviceStateParts } from './build-device-state.ts';
import { readContractFacts, type Core } from './core.ts';

export function buildDryRun(
	{ config, status, targets, hostFacts, version }: Core,
	{ composer, reconciler }: DeviceStateParts,
): DryRun['run'] {
	const dryRun = new DryRun({
		status: () => status.latest(),
		targets,
		composer,
		reconciler,
		contractFacts: () => readContractFacts(hostFacts, version),
		normalise: variablesToStore,
		uuid: () => config.current().uuid ?? 'local',
	});
	return (hypothesis, signal) => dryRun.run(hypothesis, signal);
}
