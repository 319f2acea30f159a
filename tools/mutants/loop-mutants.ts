import { mutant, type Mutant } from './mutant.ts';

const STATE = 'src/device-state';

/** Faults in the device planner, the schedule, the loop, the runner and the requests. */
export const LOOP_MUTANTS: readonly Mutant[] = [
	mutant('steps that touch the same run together', `${STATE}/planner/schedule.ts`, [
		'conflicts(candidate.footprint, step.footprint)',
		'conflicts(candidate.footprint, { writes: [], reads: [] })',
	]),
	mutant('more pulls run at once than allowed', `${STATE}/planner/schedule.ts`, [
		'alike >= (isPull',
		'alike > 99 + (isPull',
	]),
	mutant('the end of a pause does not wake the loop', `${STATE}/planner/schedule.ts`, ['wakes.push(until);', '']),
	mutant('a device reboots before its apps are done', `${STATE}/planner/propose-device.ts`, [
		'...(all.length > 0 || isAhead',
		'...(isAhead',
	]),
	mutant('images are removed beside a download', `${STATE}/planner/propose-device.ts`, [
		"![...apps, ...supervisor].some(({ step }) => step.step.kind === 'pullImage')",
		'apps.length >= 0',
	]),
	mutant('apps are planned while the network of the supervisor is missing', `${STATE}/planner/propose-device.ts`, [
		'...apps.map((proposal) => waitFor(proposal, id))',
		'...apps',
	]),
	mutant(
		'a step that ends while the device is looked at blocks nothing',
		`${STATE}/reconciler.ts`,
		['const busy = runner.inFlight();', 'let busy = runner.inFlight();'],
		['		const problems = findProblems', '		busy = runner.inFlight();\n		const problems = findProblems'],
	),
	mutant('a request whose step failed stays open', `${STATE}/reconciler.ts`, [
		'await tracker.close(findFailed(tracker.open(), runner.failures(), target));',
		'',
	]),
	mutant('a new target waits for the pause of the old one', `${STATE}/reconciler.ts`, [
		'reasons.some((reason) => ASKING.includes(reason))',
		"reasons.includes('request')",
	]),
	mutant('cached answers of the engine are never read again', `${STATE}/reconciler.ts`, ['observer.refresh();', '']),
	mutant('pulls that are no longer needed continue', `${STATE}/reconciler.ts`, ['		runner.cancelExcept(', '		void (']),
	mutant('force outlives the target it was meant for', `${STATE}/reconciler.ts`, [
		"this.#force &&= event.kind !== 'settled';",
		'',
	]),
	mutant('a failed observation is planned with the previous one', `${STATE}/reconciler.ts`, [
		'const { current, target } = await this.#observe(signal);',
		`const { current, target } = await this.#observe(signal).catch((error: unknown) => {
			if (this.#last.current === undefined) throw error;
			return { current: this.#last.current, target: this.#last.target };
		});`,
	]),
	mutant('events of the engine do not wake the loop', `${STATE}/create-device-state.ts`, [
		"reconciler.wake('engine');",
		'',
	]),
	mutant('a step without effect is never shown as stuck', `${STATE}/step-runner.ts`, [
		"code === NO_EFFECT && count >= stuckAfter ? 'stuck' : policy.reason",
		'policy.reason',
	]),
	mutant('a step without effect is repeated without a pause', `${STATE}/step-runner.ts`, [
		'ids.has(id) && turns > reviewed && !busy.has(id)',
		'ids.has(id) && turns < reviewed',
	]),
	mutant('a step that the observation has missed counts as without effect', `${STATE}/step-runner.ts`, [
		'turns > reviewed && !busy.has(id)',
		'turns > reviewed',
	]),
	mutant('a pull that was interrupted counts as failed', `${STATE}/step-runner.ts`, [
		"end = signal.aborted ? { outcome: 'cancelled' } : this.#endOf(",
		'end = this.#endOf(',
	]),
	mutant('the pause of a step that fails does not grow', `${STATE}/step-runner.ts`, [
		'(isSameRow ? last.count : 0) + 1',
		'1',
	]),
	mutant('half a removal is interrupted', `${STATE}/step-runner.ts`, [
		'!wanted.has(id) && proposed.interruptible',
		'!wanted.has(id)',
	]),
	mutant('a purge removes the new volume again and again', `${STATE}/requests/drop-vanished.ts`, [
		'body.volumes.filter((name) => there.has(name))',
		'body.volumes.filter(() => true)',
	]),
	mutant('a restart counts as done before it is', `${STATE}/requests/judge-requests.ts`, [
		'return isIdle(body.appId, state) ?',
		'return state.busy.length === 0 ?',
	]),
	mutant('a stop counts as carried out while the container runs', `${STATE}/requests/judge-requests.ts`, [
		"request.state === 'open' && isStopped && !isBusy",
		"request.state === 'open' && !isBusy",
	]),
	mutant('a request fails over what failed before it came', `${STATE}/requests/judge-requests.ts`, [
		'if (at < since) {',
		'if (at < 0) {',
	]),
	mutant('a later restart does not take the place of an earlier one', `${STATE}/requests/superseded-by.ts`, [
		"if (body.kind === 'restartApp' || body.kind === 'purgeApp') {",
		"if (body.kind === 'shutdown') {",
	]),
	mutant('a request for one service fails over its siblings', `${STATE}/requests/judge-requests.ts`, [
		'(serviceName ?? body.serviceName) === body.serviceName &&',
		'body.serviceName !== "" &&',
	]),
	mutant('an engine that is back is waited for as long as it was away', `${STATE}/reconciler.ts`, [
		'runner.resetUnreachableBackoff();',
		'',
	]),
	mutant('a full database ends the process', `${STATE}/reconciler.ts`, [
		'return this.#passFailed(error, signal);',
		'throw error;',
	]),
	mutant('a device that goes down counts as on target', `${STATE}/reconciler.ts`, [
		'if (!current.host.shuttingDown) {',
		'if (current !== undefined) {',
	]),
	mutant('a refused reboot is asked for every second', `${STATE}/step-runner.ts`, [
		'!ids.has(id) && !busy.has(id) && !this',
		'!ids.has(id) && !this',
	]),
	mutant('a refused reboot ends supervision', `${STATE}/execute/power-executors.ts`, ['power.resume();', '']),
	mutant('a requested reboot that is refused is not retried', `${STATE}/requests/judge-requests.ts`, [
		"request.state === 'open' ? { kind: 'holding' } : undefined",
		"request.state === 'open' ? { kind: 'done' } : undefined",
	]),
	mutant(
		'a refused reboot is retried beside the shutdown that was requested instead',
		`${STATE}/requests/superseded-by.ts`,
		[' || isRetriedPower(body, request)', ''],
	),
	mutant('the user reads of each refusal', `${STATE}/execute/power-executors.ts`, [
		'error instanceof OperationalError && failures.isNew(kind, error.message)',
		'error instanceof OperationalError',
	]),
	mutant('a new target waits for the next event', `${STATE}/create-device-state.ts`, [
		'reconciler.targetChanged();',
		'',
	]),
	mutant('a changed setting waits for the next event', `${STATE}/create-device-state.ts`, [
		"			reconciler.wake('config');\n		}),\n		targets",
		'		}),\n		targets',
	]),
	mutant('pauses of failed steps have no ceiling', `${STATE}/create-loop.ts`, [
		"case 'usual':\n			return { firstMs: STEP_BACKOFF_MS / (1 - STEP_JITTER), maxMs: pollIntervalMs,",
		"case 'usual':\n			return { firstMs: STEP_BACKOFF_MS / (1 - STEP_JITTER), maxMs: Infinity,",
	]),
];
