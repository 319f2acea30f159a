import { findLeft, isAsked, isEqual } from './on-target.ts';
import type { Run } from './run.ts';
import type { State } from './state.ts';

/** A request ends when what it asked for is so. */
export function findBrokenPromise(settled: State['request'], state: State, run: Run): readonly string[] {
	if (run.request === 'stopService') {
		const box = state.boxes.find(({ id }) => id === 'a1');
		const isGone = box === undefined || box.run === 'removing' || box.run === 'dead';
		const isStopped = isGone ? settled === 'none' : box.run === 'exited' || box.run === 'created';
		return isStopped ? [] : ['a stop is not done while the container runs'];
	}
	if (run.request === 'restartService') {
		// Independent of the other services.
		const own = state.boxes.filter(({ svc, run: was }) => svc === 'a' && was !== 'removing');
		const isDone = own.length === 1 && own.every((box) => isEqual(box, state, run) && !isAsked(box, state, run));
		return isDone ? [] : ['a service is not restarted while the old container is there, or no new one'];
	}
	const open = [...findLeft(state, run)].filter(
		(left) => left === 'container' || left === 'network' || left === 'volume',
	);
	return open.length > 0 ? [`a request is not done while there is left: ${open.join(', ')}`] : [];
}
