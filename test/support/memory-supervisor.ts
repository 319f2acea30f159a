import omit from 'lodash/omit.js';
import type { SupervisorUpdatePorts } from '../../src/device-state/index.ts';
import type { SupervisorAttempt } from '../../src/domain/supervisor-update.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { SupervisorHostFiles, SupervisorUpdateStore } from '../../src/ports/supervisor-update.ts';
import type { RunUnitOptions, TransientUnit, TransientUnits, UnitEnd } from '../../src/ports/transient-units.ts';

export class MemorySupervisorUpdateStore implements SupervisorUpdateStore {
	readonly #clock: Pick<Clock, 'now'>;
	#attempt: SupervisorAttempt | undefined;

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	read(): Promise<SupervisorAttempt | undefined> {
		return Promise.resolve(this.#attempt);
	}

	begin(attempt: Omit<SupervisorAttempt, 'attemptedAt' | 'state' | 'failure'>): Promise<void> {
		this.#attempt = { ...attempt, state: 'started', attemptedAt: this.#clock.now() };
		return Promise.resolve();
	}

	note({ state, failure }: Pick<SupervisorAttempt, 'state' | 'failure'>): Promise<void> {
		if (this.#attempt !== undefined) {
			this.#attempt = { ...omit(this.#attempt, 'failure'), state, ...(failure === undefined ? {} : { failure }) };
		}
		return Promise.resolve();
	}
}

/** A host that starts the supervisor by its configuration, with a systemd that runs what the test says. */
export class MemorySupervisorHost implements SupervisorHostFiles, TransientUnits {
	/** `undefined`: the host does not start the supervisor by its configuration. */
	configured: string | undefined;
	/** Of our own container. */
	imageId: string | undefined;
	lines: readonly string[] = [];
	readonly started: TransientUnit[] = [];
	/** What the unit does; by default it runs until the wait is aborted. */
	onRun: (unit: TransientUnit) => Promise<UnitEnd> = () => new Promise(() => undefined);
	onWait: () => Promise<UnitEnd | undefined> = () => Promise.resolve(undefined);

	configuredImage(): Promise<string | undefined> {
		return Promise.resolve(this.configured);
	}

	placeScript(): Promise<string> {
		return Promise.resolve('/tmp/balena-supervisor/update-supervisor.sh');
	}

	async run(unit: TransientUnit, { signal, onStarted }: RunUnitOptions): Promise<UnitEnd> {
		this.started.push(unit);
		await onStarted?.();
		return await untilAborted(this.onRun(unit), signal);
	}

	isRunning(): Promise<boolean> {
		return Promise.resolve(false);
	}

	waitForEnd(_name: string, signal: AbortSignal): Promise<UnitEnd | undefined> {
		return untilAborted(this.onWait(), signal);
	}
}

export function supervisorPorts(
	host: MemorySupervisorHost,
	attempts: MemorySupervisorUpdateStore,
): SupervisorUpdatePorts {
	return {
		attempts,
		files: host,
		units: host,
		journal: { lastLines: () => Promise.resolve(host.lines) },
		ownImageId: () => Promise.resolve(host.imageId),
		limits: { healthy: 300, proof: 60 },
	};
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		signal.addEventListener('abort', () => {
			reject(signal.reason as Error);
		});
		work.then(resolve, reject);
	});
}
