import { readBootIdOfKernel } from '../adapters/files/index.ts';
import { readUptimeMs } from '../adapters/host/index.ts';
import { isUnmanaged } from '../config/index.ts';
import { BootClockReader, History, HistoryObserver } from '../device-state/index.ts';
import type { FatalErrors } from '../lib/fatal-errors.ts';
import type { Engine } from '../ports/engine.ts';
import type { HostAbilities } from '../ports/host-abilities.ts';
import type { Core } from './core.ts';

interface HistoryParts {
	readonly history: History;
	readonly observer: HistoryObserver;
}

export function buildHistory(
	{ options, config, database, version, status, network }: Core,
	parts: {
		readonly engine: Pick<Engine, 'logTail'>;
		readonly abilities: Pick<HostAbilities, 'isClockSynchronised'>;
		readonly fatal: FatalErrors;
	},
): HistoryParts {
	const { clock, log, redactor } = options;
	const history = new History({
		store: database.history,
		bootClock: new BootClockReader({
			clock,
			readBootId: readBootIdOfKernel,
			uptimeMs: readUptimeMs,
			isSynchronised: () => parts.abilities.isClockSynchronised(),
		}),
		version,
		redact: (text) => redactor.redact(text),
		clock,
		log: log.child('history'),
	});
	const observer = new HistoryObserver({
		history,
		logTail: (containerId, lines) => parts.engine.logTail(containerId, lines),
		origin: () => (isUnmanaged(config.current()) || config.current().localMode ? 'the API of the device' : 'the cloud'),
		crashed: (error) => {
			parts.fatal.raise(error);
		},
	});
	status.onChange((published) => {
		observer.statusPublished(published);
	});
	network.connectivity.onChange((isConnected) => {
		history.record({
			kind: 'cloud',
			event: isConnected ? 'back' : 'lost',
			sentence: isConnected ? 'the cloud can be reached again' : 'the cloud cannot be reached',
		});
	});
	return { history, observer };
}
