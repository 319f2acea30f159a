import { propose, resources } from '../../application-manager/index.ts';
import type { CurrentState } from '../../domain/current.ts';
import type { PlanContext, Proposal, WaitReason } from '../../domain/plan.ts';
import type { StepId } from '../../domain/step.ts';
import {
	SUPERVISOR_ATTEMPTS_MAX,
	progressOfSupervisor,
	supervisorImages,
	type SupervisorAttempt,
} from '../../domain/supervisor-update.ts';
import type { TargetState } from '../../domain/target.ts';

const SUPERVISOR = 'host/supervisor';
/** No step of an app or of the host's OS is cut off by the restart. */
const BESIDE_NOTHING = [SUPERVISOR, 'app', 'config', 'host/os'];

interface SupervisorInput {
	readonly current: CurrentState;
	readonly target: TargetState;
	/** Steps that come before it: those that could start now, so that no service is between two containers. */
	readonly others: readonly Proposal[];
	/** A step that comes before everything else. */
	readonly first: StepId | undefined;
	readonly context: Pick<PlanContext, 'now' | 'history' | 'paused'>;
}

/** Brings the device to the supervisor that its target names (spec: host 14.3). */
export function proposeSupervisor(input: SupervisorInput): readonly Proposal[] {
	const { current, target, context } = input;
	const { supervisor } = current;
	const wanted = target.supervisor;
	if (supervisor === undefined) {
		return [];
	}
	const wantedImageId = wanted && findImageId(current, wanted.image);
	const { now, history } = context;
	const progress = progressOfSupervisor({ wanted, supervisor, wantedImageId, now, forcedAt: history.forcedAt });
	if (progress.state === 'started') {
		const reason = 'the update of the supervisor runs';
		return [proposeUpdate(progress.attempt, progress.attempt.attempts, { reason, isStarted: true })];
	}
	if (wanted === undefined || progress.state === 'running' || progress.state === 'refused') {
		return [];
	}
	if (progress.state === 'paused') {
		const { until, attempts, failure } = progress;
		const reason = `another supervisor is wanted; attempt ${attempts} failed: ${failure}`;
		const because: WaitReason =
			attempts < SUPERVISOR_ATTEMPTS_MAX
				? { kind: 'postponed', until }
				: { kind: 'given-up', until, attempts, error: failure };
		return [proposeUpdate(wanted, attempts + 1, { reason, because })];
	}
	const reason = 'another supervisor is wanted';
	const first: WaitReason | undefined = input.first === undefined ? undefined : { kind: 'busy', on: input.first };
	if (wantedImageId !== undefined) {
		return [proposeUpdate(wanted, progress.attempt, { reason, because: first ?? whyNotNow(input) })];
	}
	const pull = propose(
		{ kind: 'pullImage', reference: wanted.image },
		{ reason, writes: [resources.image(wanted.image)], interruptible: true, because: first },
	);
	return [pull, proposeUpdate(wanted, progress.attempt, { reason, because: { kind: 'busy', on: pull.step.id } })];
}

/** The images that the clean-up leaves, and those that it removes, for the supervisor's own sake. */
export function ownImages(
	current: CurrentState,
	target: TargetState,
): { readonly kept: ReadonlySet<string>; readonly unused: readonly string[] } {
	return current.supervisor === undefined
		? { kept: new Set(), unused: [] }
		: supervisorImages(current.supervisor, target.supervisor, (reference) => findImageId(current, reference));
}

/** A reboot that is due waits for an update that is about to begin, and not for one that pauses. */
export function isSupervisorUpdateAhead(
	proposals: readonly Proposal[],
	{ now, paused }: Pick<PlanContext, 'now' | 'paused'>,
): boolean {
	return proposals.some(
		({ step, because }) =>
			because?.kind !== 'postponed' && because?.kind !== 'given-up' && (paused.get(step.id)?.until ?? now) <= now,
	);
}

/** Only under this very name, as the operating system finds it: what has another name may be another image, or be renamed. */
function findImageId({ images }: CurrentState, reference: string): string | undefined {
	const name = withoutHub(reference);
	return images.find(({ tags, digests }) => [...tags, ...digests].some((known) => withoutHub(known) === name))?.id;
}

/** The engine leaves the name of its default registry out. */
function withoutHub(reference: string): string {
	return reference.replace(/^docker\.io\/(library\/)?/, '');
}

function proposeUpdate(
	{ image, commit }: Pick<SupervisorAttempt, 'image' | 'commit'>,
	attempt: number,
	details: { readonly reason: string; readonly because?: WaitReason | undefined; readonly isStarted?: true },
): Proposal {
	const { reason, because, isStarted } = details;
	// While it is waited for, apps go on: the supervisor on trial does its work.
	const writes = isStarted === true ? [SUPERVISOR] : BESIDE_NOTHING;
	return propose(
		{ kind: 'updateSupervisor', image, commit, attempt },
		{ reason, because, writes, interruptible: true }, // the wait: the update itself continues
	);
}

function whyNotNow({ others, context: { paused } }: SupervisorInput): WaitReason | undefined {
	const other = others.find(({ step, because }) => because === undefined && !paused.has(step.id));
	return other && { kind: 'busy', on: other.step.id };
}
