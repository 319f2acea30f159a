import { readEngineFacts } from '../adapters/docker/index.ts';
import { Capabilities, type CapabilitySources } from '../host/index.ts';
import type { Core } from './core.ts';

type HostSources = Pick<CapabilitySources, 'abilities' | 'boot' | 'isJournalRead' | 'firewallProblem'>;

export function buildCapabilities({ options, hostFacts }: Core, sources: HostSources): Capabilities {
	const { environment, clock, log } = options;
	return new Capabilities({
		...sources,
		engine: () => readEngineFacts(environment.dockerHost),
		hostBuild: async () => {
			const release = await hostFacts.osRelease();
			return release?.get('BALENA_BOARD_REV') ?? release?.get('RESIN_BOARD_REV');
		},
		clock,
		log: log.child('capabilities'),
	});
}
