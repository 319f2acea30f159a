import type { EngineEvent } from '../../ports/engine.ts';
import type { SystemLog } from '../../ports/log.ts';

/** The exit code of a process that was asked to end: its line names no cause. */
const ASKED_TO_END = 143;

/**
 * Notifies the user of services that end, and of those that the engine restarts by itself (spec: planner 12, cloud-api
 * 13.5). The loop does not use these events: it observes for itself.
 */
export class ServiceExits {
	readonly #systemLog: SystemLog;
	readonly #ended = new Set<string>();
	/** Containers that the supervisor starts: the step notifies the user of these. */
	readonly #starting = new Set<string>();

	constructor(systemLog: SystemLog) {
		this.#systemLog = systemLog;
	}

	/** A start or restart by the supervisor, which notifies the user itself. The event of the engine may come after its answer. */
	async starting<T>(containerId: string, start: () => Promise<T>): Promise<T> {
		this.#starting.add(containerId);
		try {
			const outcome = await start();
			if (outcome === 'already') {
				this.#starting.delete(containerId);
			}
			return outcome;
		} catch (error) {
			this.#starting.delete(containerId);
			throw error;
		}
	}

	note(event: EngineEvent): void {
		if (event.type === 'connected') {
			this.#ended.clear(); // events in between were missed
			this.#starting.clear();
		} else if (event.type === 'container' && event.service !== undefined) {
			this.#noteContainer(event, `'${event.service.name} ${event.service.image}'`);
		}
	}

	#noteContainer({ id, action, exitCode }: Extract<EngineEvent, { id: string }>, object: string): void {
		switch (action) {
			case 'die': {
				this.#ended.add(id);
				const isCause = exitCode !== undefined && exitCode !== 0 && exitCode !== ASKED_TO_END;
				this.#systemLog.write(`Service exited ${object}${isCause ? ` due to 'exit code ${exitCode}'` : ''}`);
				break;
			}
			case 'start': {
				const hasEnded = this.#ended.delete(id);
				if (!this.#starting.delete(id) && hasEnded) {
					this.#systemLog.write(`Restarting service ${object}`);
				}
				break;
			}
			case 'destroy':
				this.#ended.delete(id);
				this.#starting.delete(id);
				break;
		}
	}
}
