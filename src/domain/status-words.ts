import type { ContainerView } from './service.ts';
import type { RunningStep } from './status.ts';

/** The status of a container in reports and API answers (spec: compose 4.3, planner 16.2); a step in flight counts. */
export function statusWordOf(container: ContainerView, running: readonly RunningStep[]): string {
	for (const { step } of running) {
		if ('containerId' in step && step.containerId === container.containerId) {
			switch (step.kind) {
				case 'startContainer':
					return 'Starting';
				case 'stopContainer':
				case 'restartContainer':
				case 'removeContainer':
					return 'Stopping';
				case 'renameContainer':
				case 'unpauseContainer':
				case 'handOver':
				case 'finishHandOver': // runs until its successor has taken over
					break;
			}
		}
	}
	switch (container.runState) {
		case 'running':
		case 'paused':
		case 'restarting':
			return 'Running';
		case 'created':
			return 'Installed';
		case 'dead':
			return 'Dead';
		case 'exited':
		case 'removing':
			return container.runState;
	}
}
