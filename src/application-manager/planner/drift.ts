import type { ContainerView, ServiceSpec } from '../../domain/service.ts';

export type RunAction = 'nothing' | 'start' | 'stop';

/** The interface of the host was not there yet when the engine started the container (spec: planner 12). */
const HOST_RACE = /userland proxy.*cannot assign requested address$/i;

/**
 * The one table that says which stopped thing is put right and which was meant (decisions D1, spec: planner 12).
 * The container already has the configuration and the release of its target.
 *
 * | container            | target runs                                            | target does not run |
 * |----------------------|--------------------------------------------------------|---------------------|
 * | created              | start                                                  | nothing             |
 * | running, paused, restarting | nothing (the engine's policy is in charge)      | stop                |
 * | exited               | by restart policy: `always`, `unless-stopped` start;   | nothing             |
 * |                      | `on-failure` starts unless it ended with 0; `no` stays |                     |
 */
export function decideRun(current: ContainerView, target: ServiceSpec): RunAction {
	switch (current.runState) {
		case 'created':
			return target.running ? 'start' : 'nothing';
		case 'running':
		case 'paused':
		case 'restarting':
			return target.running ? 'nothing' : 'stop';
		case 'exited':
			return target.running && isToRunAgain(current, target) ? 'start' : 'nothing';
		case 'dead':
		case 'removing':
			return 'nothing'; // on its way out, not a matter of running
	}
}

/**
 * With a restart policy the engine itself restarts what ends; `exited` then means that somebody stopped it.
 * `no` means that ending was the purpose, whoever caused it.
 */
function isToRunAgain(current: ContainerView, target: ServiceSpec): boolean {
	if (HOST_RACE.test(current.stateError)) {
		return true;
	}
	switch (target.config.restart) {
		case 'no':
			return false;
		case 'on-failure':
			return current.exitCode !== 0;
		default:
			return true;
	}
}
