import { propose } from '../../application-manager/index.ts';
import type { CurrentState } from '../../domain/current.ts';
import { HOST_ATTEMPTS_MAX, hostOsCause, isSameRelease, progressOf, type CurrentHostOs } from '../../domain/host-os.ts';
import type { HostRelease } from '../../domain/host-release.ts';
import type { Instant, PlanContext, Proposal, WaitReason } from '../../domain/plan.ts';
import { isUp } from '../../domain/service.ts';
import type { Step, StepId } from '../../domain/step.ts';
import type { TargetState } from '../../domain/target.ts';
import { proposeMark } from './reboot-steps.ts';

/** Written while the updater of the host OS runs; read by each step that stops a container. */
const HOST_OS = 'host/os';
const UPDATER = 'host/updater';
/** Nothing announces the end of an update that another program makes. */
const LOOK_AGAIN_MS = 60_000;

interface HostOsInput {
	readonly current: CurrentState;
	readonly target: TargetState;
	readonly apps: readonly Proposal[];
	/** A step that comes before everything else. */
	readonly first: StepId | undefined;
	readonly context: Pick<PlanContext, 'now' | 'history' | 'paused'>;
}

/** Brings the host OS to its release (spec: host-update 2, 3). The reboot that follows is the one of the device. */
export function proposeHostOs({ current, target, apps, first, context }: HostOsInput): readonly Proposal[] {
	const { os } = current.host;
	if (os === undefined || target.hostOs?.state !== 'ready') {
		return [];
	}
	const { release } = target.hostOs;
	const { now, history } = context;
	const progress = progressOf(release, os, { now, forcedAt: history.forcedAt });
	switch (progress.state) {
		case 'running':
			return proposeRecord(release, os);
		case 'installed':
			return proposeMark({ changes: { 'host OS': release.commit }, cause: hostOsCause(release) }, current.host);
		case 'created': {
			const { attempts, isPrepared } = progress;
			const isFirst: WaitReason | undefined = first === undefined ? undefined : { kind: 'busy', on: first };
			const fetching = isPrepared ? undefined : proposeFetch(release, attempts, isFirst ?? whyForeign(os, now));
			const because: WaitReason | undefined =
				isFirst ?? (fetching ? { kind: 'busy', on: fetching.step.id } : whyNotNow({ current, apps, os, context }));
			const update = proposeUpdate(release, { attempt: attempts + 1, isStarted: false, because });
			return fetching === undefined ? [update] : [fetching, update];
		}
		case 'given-up': {
			const { until, failure: error } = progress;
			const because: WaitReason = { kind: 'given-up', until, attempts: HOST_ATTEMPTS_MAX, error };
			return [proposeUpdate(release, { attempt: 1, isStarted: false, because })];
		}
		case 'started': // see `proposeStartedUpdate`
		case 'unsupported':
			return [];
	}
}

/** No reboot for other changes just before: the one of the update applies them too. */
export function isHostUpdateAhead(
	proposals: readonly Proposal[],
	{ now, paused }: Pick<PlanContext, 'now' | 'paused'>,
): boolean {
	return proposals.some(({ step, because }) => because === undefined && (paused.get(step.id)?.until ?? now) <= now);
}

/** Waits for an updater that was started, perhaps by an earlier process or for an earlier target. Before all other steps. */
export function proposeStartedUpdate(
	{ host: { os } }: Pick<CurrentState, 'host'>,
	{ hostOs }: Pick<TargetState, 'hostOs'>,
): Proposal | undefined {
	if (os?.mark?.state !== 'started' || hostOs?.state !== 'ready') {
		return undefined;
	}
	const { commit } = os.mark;
	const release = os.records.find((record) => record.release.commit === commit)?.release ?? hostOs.release;
	return proposeUpdate(release, { attempt: HOST_ATTEMPTS_MAX, isStarted: true, because: undefined });
}

/**
 * While the host OS is updated no container is stopped, unless a user forces it (spec: host-update 3.7): `started` also
 * holds while the bus is away, so that nothing waits for the updater.
 */
export function besideHostUpdate(
	proposals: readonly Proposal[],
	{ force, started }: { readonly force: boolean; readonly started: StepId | undefined },
): readonly Proposal[] {
	if (force || !proposals.some(({ step }) => stopsContainer(step.step))) {
		return proposals;
	}
	return proposals.map((proposal) => {
		const { step, because } = proposal;
		if (!stopsContainer(step.step)) {
			return proposal;
		}
		const { writes, reads } = step.footprint;
		const waits = because ?? (started === undefined ? undefined : ({ kind: 'busy', on: started } as const));
		return { step: { ...step, footprint: { writes, reads: [...reads, HOST_OS] } }, ...(waits && { because: waits }) };
	});
}

function stopsContainer(step: Step): boolean {
	return (
		step.kind === 'stopContainer' ||
		step.kind === 'restartContainer' ||
		step.kind === 'finishHandOver' ||
		step.kind === 'leaveLocalMode' ||
		(step.kind === 'removeContainer' && step.isUp)
	);
}

function proposeFetch(release: HostRelease, attempts: number, because: WaitReason | undefined): Proposal {
	const details = { reason: `host OS should have build ${release.build}`, writes: [UPDATER], because };
	return propose(
		{ kind: 'fetchHostUpdater', release },
		{
			...details,
			interruptible: true,
			identity: JSON.stringify(['fetchHostUpdater', release.commit, attempts]), // once for each attempt
		},
	);
}

function proposeUpdate(
	release: HostRelease,
	details: { readonly attempt: number; readonly isStarted: boolean; readonly because: WaitReason | undefined },
): Proposal {
	const { attempt, isStarted, because } = details;
	return propose(
		{ kind: 'updateHost', release, attempt, isStarted },
		{
			reason: isStarted ? 'the updater of the host OS runs' : `host OS should have build ${release.build}`,
			writes: [HOST_OS, UPDATER],
			interruptible: true, // the wait: the updater still runs
			because,
			identity: JSON.stringify(['updateHost', release.commit]), // each attempt, and the wait that a restart takes up again
		},
	);
}

function proposeRecord(release: HostRelease, { records, mark }: CurrentHostOs): readonly Proposal[] {
	const [only, ...others] = records;
	const isKnown = only !== undefined && isSameRelease(only.release, release) && only.attempts === 0;
	return isKnown && others.length === 0 && mark === undefined
		? []
		: [
				propose(
					{ kind: 'recordHostRelease', release },
					{ reason: 'the host OS runs its release', writes: [HOST_OS, UPDATER] },
				),
			];
}

function whyForeign({ isForeignUpdate }: CurrentHostOs, now: Instant): WaitReason | undefined {
	return isForeignUpdate
		? { kind: 'not-yet', until: now + LOOK_AGAIN_MS, because: 'another update of the host OS is not finished' }
		: undefined;
}

function whyNotNow({
	current,
	apps,
	os,
	context: { now, paused },
}: Pick<HostOsInput, 'current' | 'apps' | 'context'> & { readonly os: CurrentHostOs }): WaitReason | undefined {
	const foreign = whyForeign(os, now);
	if (foreign !== undefined) {
		return foreign;
	}
	const between = apps.find(
		({ step, because }) => because === undefined && !paused.has(step.id) && bringsServiceBack(step.step, current),
	);
	return between && { kind: 'busy', on: between.step.id };
}

/** The old container is gone, or there was none, and the new one does not run yet (spec: host-update 3.6). */
function bringsServiceBack(step: Step, current: CurrentState): boolean {
	if (step.kind !== 'createContainer' && step.kind !== 'startContainer') {
		return false;
	}
	const { appId, serviceName } = step;
	return !current.apps.some(
		(app) =>
			app.appId === appId &&
			app.containers.some((container) => container.serviceName === serviceName && isUp(container)),
	);
}
