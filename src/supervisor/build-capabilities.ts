import { readEngineFacts } from '../adapters/docker/index.ts';
import { buildOf } from '../domain/host-os.ts';
import { Capabilities, type CapabilitySources } from '../host/index.ts';
import type { Core } from './core.ts';

type HostSources = Pick<CapabilitySources, 'abilities' | 'boot' | 'isJournalRead' | 'firewallProblem'>;

export function buildCapabilities({ options, hostFacts }: Core, sources: HostSources): Capabilities {
	const { environment, clock, log } = options;
	return new Capabilities({
		...sources,
		engine: () => readEngineFacts(environment.dockerHost),
		hostBuild: async () => buildOf(await hostFacts.osRelease()),
		clock,
		log: log.child('capabilities'),
	});
}
