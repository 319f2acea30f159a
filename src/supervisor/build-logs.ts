import { DockerContainerLogs, type DockerEngine } from '../adapters/docker/index.ts';
import { Journalctl } from '../adapters/journal/index.ts';
import type { Component } from '../lib/lifecycle.ts';
import { EngineLogSource, JournalSource, readLastStop } from '../logger/index.ts';
import type { Core } from './core.ts';
import { ownContainerNames } from './own-container.ts';

const READ_TIMEOUT_MS = 60_000;

interface LogParts extends Component {
	/** Call on engine events: a container may be new. */
	engineChanged(): void;
	/** Whether logs come from the journal; asked once. */
	readonly isJournalRead: () => Promise<boolean>;
}

/** Reads the logs of containers, and of a few services of the host. */
export function buildLogs({ options, logHub }: Core, engine: DockerEngine): LogParts {
	const { clock, environment } = options;
	const log = options.log.child('logs');
	const logs = new DockerContainerLogs({ host: environment.dockerHost, readTimeoutMs: READ_TIMEOUT_MS });
	const journal = new Journalctl();
	let readable: Promise<boolean> | undefined;
	const isJournalRead = () => (readable ??= journal.isReadable());
	const engineSource = new EngineLogSource({ engine, logs, isJournalRead, clock, log });
	const journalSource = new JournalSource({
		...{ journal, isJournalRead, clock, log },
		containers: logs,
		ownNames: ownContainerNames({}),
	});
	const startedAt = clock.wall();
	return {
		name: 'logs',
		run: (signal) =>
			logHub.run(
				[engineSource, journalSource],
				() => readLastStop(logs, ownContainerNames(environment), startedAt),
				signal,
			),
		isJournalRead,
		engineChanged: () => {
			engineSource.wake();
		},
	};
}
