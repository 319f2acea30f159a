import type { ContainerView, ServiceSpec } from '../../domain/service.ts';
import type { AppRequests } from './app-requests.ts';

type RunAction = 'nothing' | 'start' | 'stop' | 'unpause';

interface RunPolicy {
	readonly requests: Pick<AppRequests, 'stopped' | 'starts'>;
	readonly facts: { readonly localMode: boolean };
}

/** When the engine started the container, the interface of the host did not exist yet (spec: planner 12). */
const HOST_RACE = /userland proxy.*cannot assign requested address$/i;

/**
 * The only table that says which stopped containers are started, and which were stopped on purpose (decision D1, spec:
 * planner 12). The container already has the configuration and the release of its target.
 *
 * | container           | target runs                                             | target does not run, or stop asked for |
 * |---------------------|---------------------------------------------------------|----------------------------------------|
 * | created             | start                                                   | nothing                                |
 * | running, restarting | nothing (the engine's policy is in charge)              | stop                                   |
 * | paused              | unpause; local mode: nothing                            | stop                                   |
 * | exited              | start asked for: start; local mode: nothing; else by    | nothing                                |
 * |                     | restart policy: `always`, `unless-stopped` start;       |                                        |
 * |                     | `on-failure` starts unless it ended with 0 or the       |                                        |
 * |                     | engine has tried as often as asked; `no` stays          |                                        |
 * | dead, removing      | nothing: on its way out                                 | nothing                                |
 */
export function decideRun(current: ContainerView, target: ServiceSpec, { requests, facts }: RunPolicy): RunAction {
	const shallRun = target.running && !requests.stopped.has(current.containerId);
	switch (current.runState) {
		case 'created':
			return shallRun ? 'start' : 'nothing';
		case 'running':
		case 'restarting':
			return shallRun ? 'nothing' : 'stop';
		case 'paused':
			if (!shallRun) {
				return 'stop';
			}
			return facts.localMode ? 'nothing' : 'unpause';
		case 'exited':
			if (!shallRun) {
				return 'nothing';
			}
			return isStartAskedFor(current, requests) || (!facts.localMode && isToRunAgain(current, target))
				? 'start'
				: 'nothing';
		case 'dead':
		case 'removing':
			return 'nothing';
	}
}

/** Not started since a user requested it. */
export function isStartAskedFor(
	{ containerId, startedAt }: ContainerView,
	{ starts }: Pick<AppRequests, 'starts'>,
): boolean {
	return starts.has(containerId) && starts.get(containerId) === startedAt;
}

/**
 * With a restart policy the engine itself restarts containers that end; `exited` then means that it was stopped. `no`
 * means that the container was meant to end, with any exit code.
 */
function isToRunAgain(current: ContainerView, target: ServiceSpec): boolean {
	if (HOST_RACE.test(current.stateError)) {
		return true;
	}
	const [policy, count] = target.config.restart.split(':');
	switch (policy) {
		case 'no':
			return false;
		case 'on-failure':
			return current.exitCode !== 0 && (count === undefined || current.restartCount < Number(count));
		default:
			return true;
	}
}
