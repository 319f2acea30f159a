import type { CurrentState } from '../../domain/current.ts';
import type { Instant, Proposal, ProposedStep } from '../../domain/plan.ts';
import { appOf, type RequestBody, type RequestOutcome, type UpdateRequest } from '../../domain/request.ts';
import type { TargetState } from '../../domain/target.ts';
import { ownerOf, type StepId, type StepKind } from '../../domain/step.ts';

/** A step that failed since the request came, and is retried for the target. */
export interface StepFailure {
	readonly id: StepId;
	readonly owner: string;
	readonly kind: StepKind;
	/** The service of the step; absent if it was about several. */
	readonly serviceName?: string | undefined;
	/** Engine name, if the step was about a network or a volume. */
	readonly part?: string | undefined;
	readonly code: string;
	readonly error: string;
	/**
	 * When the failed attempt began: it may belong to an older request, and still be the cause of the failure of this one.
	 */
	readonly at: Instant;
}

export interface JudgedRequest {
	readonly request: UpdateRequest;
	/** `holding`: carried out, and still in force. */
	readonly outcome: RequestOutcome | { readonly kind: 'holding' };
}

/** A request ends with the first step that fails for it: its caller decides what to do then (spec: planner 14). */
export function findFailed(
	requests: readonly UpdateRequest[],
	failures: readonly StepFailure[],
	target: TargetState | undefined,
): readonly JudgedRequest[] {
	return requests.flatMap((request): readonly JudgedRequest[] => {
		if (request.state !== 'open') {
			return [];
		}
		const parts = partsOf(request.body, target);
		const failure = failures.find((candidate) => concerns(candidate, request, parts));
		return failure === undefined
			? []
			: [{ request, outcome: { kind: 'failed', code: failure.code, message: failure.error } }];
	});
}

/** A request for one service does not fail with a step of another one. */
function concerns(failure: StepFailure, { id, body, since }: UpdateRequest, parts: readonly string[]): boolean {
	const { owner, kind, at, id: stepId, serviceName, part } = failure;
	if (at < since) {
		return false;
	}
	switch (body.kind) {
		case 'reboot':
		case 'shutdown':
			return kind === body.kind;
		case 'changeHostConfig':
			return stepId.startsWith(`${body.kind} ${id} `);
		case 'cleanupVolumes':
			return kind === 'cleanupVolume';
		case 'restartApp':
		case 'purgeApp':
			return owner === `app/${body.appId}`;
		default:
			return (
				owner === `app/${body.appId}` &&
				(serviceName ?? body.serviceName) === body.serviceName &&
				(part === undefined || parts.includes(part))
			);
	}
}

/** Networks and volumes that the service needs. */
function partsOf(body: RequestBody, target: TargetState | undefined): readonly string[] {
	const app = 'serviceName' in body ? target?.apps.find(({ appId }) => appId === body.appId) : undefined;
	const spec =
		app?.state === 'ready' && 'serviceName' in body
			? app.spec.services.find(({ identity }) => identity.serviceName === body.serviceName)
			: undefined;
	return spec === undefined ? [] : [...spec.networks, ...spec.volumes];
}

interface JudgedState {
	readonly current: CurrentState;
	readonly proposals: readonly Proposal[];
	/** In flight when the observation began: their effect may not have been observed. */
	readonly busy: readonly ProposedStep[];
}

/** Requests whose state is reached, judged by the observation. */
export function findDone(requests: readonly UpdateRequest[], state: JudgedState): readonly JudgedRequest[] {
	return requests.flatMap((request): readonly JudgedRequest[] => {
		const outcome = judge(request, state);
		return outcome === undefined ? [] : [{ request, outcome }];
	});
}

/** Not about an app: it can be carried out even if no app was ever installed. */
export function isOfHost({ body }: UpdateRequest): boolean {
	return body.kind === 'reboot' || body.kind === 'shutdown' || body.kind === 'changeHostConfig';
}

function judge(request: UpdateRequest, state: JudgedState): JudgedRequest['outcome'] | undefined {
	const { current } = state;
	const { body } = request;
	switch (body.kind) {
		case 'reboot':
		case 'shutdown':
			// It holds until the system ends: if the system refuses, it is asked again.
			return current.host.shuttingDown && request.state === 'open' ? { kind: 'holding' } : undefined;
		case 'changeHostConfig':
			return current.host.lastChange === request.id ? { kind: 'done' } : undefined;
		case 'cleanupVolumes': {
			const isThere = body.volumes.some((name) => current.volumes.includes(name));
			return isThere ? undefined : { kind: 'done' };
		}
		case 'stopService':
			return judgeStop(request, body.containerId, state);
		case 'startService':
		case 'restartService':
			return isServiceUp(body, state) || isIdle(body.appId, state) ? { kind: 'done' } : undefined;
		case 'restartApp':
		case 'purgeApp':
			return isIdle(body.appId, state) ? { kind: 'done' } : undefined;
	}
}

/** The service runs, and no container that had to be removed is left. Other pending steps of the app do not count. */
function isServiceUp(
	body: Extract<RequestBody, { kind: 'startService' | 'restartService' }>,
	{ current, busy }: JudgedState,
): boolean {
	const { appId, serviceName } = body;
	const gone = body.kind === 'restartService' ? body.containers : [];
	const own = current.apps
		.find((app) => app.appId === appId)
		?.containers.filter((container) => container.serviceName === serviceName);
	const isBusy = busy.some(({ step }) => 'serviceName' in step && 'appId' in step && step.appId === appId);
	return (
		!isBusy &&
		own?.some(({ runState }) => runState === 'running') === true &&
		own.every(({ containerId }) => !gone.includes(containerId))
	);
}

/** In force while its container exists. */
function judgeStop(
	request: UpdateRequest,
	containerId: string,
	{ current, busy }: JudgedState,
): JudgedRequest['outcome'] | undefined {
	const container = current.apps.flatMap((app) => app.containers).find((c) => c.containerId === containerId);
	if (container === undefined || container.runState === 'removing' || container.runState === 'dead') {
		return request.state === 'holding' ? { kind: 'superseded' } : { kind: 'done' };
	}
	const isStopped = container.runState === 'exited' || container.runState === 'created';
	const isBusy = busy.some(({ step }) => ownerOf(step) === `app/${appOf(request.body) ?? 0}`);
	return request.state === 'open' && isStopped && !isBusy ? { kind: 'holding' } : undefined;
}

/** Nothing is left to do for the app, except to record the release and to release its locks. */
function isIdle(appId: number, { proposals, busy }: JudgedState): boolean {
	const owner = `app/${appId}`;
	return (
		proposals.every(({ step: { step } }) => ownerOf(step) !== owner || isEpilogue(step.kind)) &&
		busy.every(({ step }) => ownerOf(step) !== owner)
	);
}

function isEpilogue(kind: StepKind): boolean {
	return kind === 'recordCommit' || kind === 'releaseLock' || kind === 'recordImage';
}
