import type { CurrentState } from '../../domain/current.ts';
import { WITHOUT_EFFECT, type Instant, type Pause, type Plan, type ProposedStep } from '../../domain/plan.ts';
import type { Finding, Subject } from '../../domain/finding.ts';
import { describeFinding, shorten, type Reason } from '../../domain/reason.ts';
import { isChosenByEngine, type ContainerView } from '../../domain/service.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { StepId, StepKind } from '../../domain/step.ts';
import type { TargetState } from '../../domain/target.ts';
import type { Problem } from '../find-problems.ts';
import { explainPause } from '../planner/schedule.ts';
import { findNotWell } from './find-not-well.ts';
import { subjectsOf, type NamedSubject } from './subjects-of.ts';

/** A reason of this pass; `since` is set where the loop knows better than from when it was first found. */
export interface FoundReason extends Omit<Reason, 'since'> {
	readonly key: string;
	readonly rank: number;
	readonly since?: Instant | undefined;
	/** It is tried again by itself. */
	readonly isTried: boolean;
	/** It ends with this container. */
	readonly containerId?: string | undefined;
	readonly isAnnounced?: true;
	readonly lingerMs?: number;
}

export interface ReasonInput {
	readonly current: CurrentState | undefined;
	readonly target: TargetState | undefined;
	readonly plan: Plan | undefined;
	readonly problems: readonly Problem[];
	readonly unseen?: DeviceStatus['unseen'];
	/** Also of steps that are being tried again. */
	readonly paused: ReadonlyMap<StepId, Pause>;
}

interface Found extends NamedSubject {
	readonly finding: Finding;
	readonly step?: StepKind;
	readonly since?: Instant | undefined;
	/** It is being tried at present. */
	readonly isTriedNow?: true;
}

/** The reason that counts most, of each service, app and the device; the gravest first. */
export function findReasons(input: ReasonInput): readonly FoundReason[] {
	const { unseen } = input;
	if (unseen !== undefined) {
		const finding: Finding = { kind: 'unseen', path: '', message: unseen.message };
		return [describe({ subject: {}, name: 'the device', finding, since: unseen.since }, input)];
	}
	const found = [
		...input.problems.map(findProblem),
		...(input.plan === undefined ? [] : findWaits(input.plan, input)),
		...findNotWell(input),
	];
	const best = new Map<string, FoundReason>();
	for (const one of found.map((each) => describe(withLock(each, found), input))) {
		const known = best.get(keyOfSubject(one));
		if (known === undefined || known.rank < one.rank) {
			best.set(keyOfSubject(one), one);
		}
	}
	return [...best.values()].sort((a, b) => b.rank - a.rank).map((one) => followChain(one, found, best));
}

export function keyOfSubject({ appId, serviceName }: Subject): string {
	return `${appId ?? ''}/${serviceName ?? ''}`;
}

function describe({ subject, name, finding, step, since, isTriedNow }: Found, input: ReasonInput): FoundReason {
	const facts = { name, step, holderOf: (port: string) => findHolder(port, subject, input.current) };
	const described = describeFinding(finding, facts);
	return {
		...subject,
		...described,
		finding,
		step,
		since,
		isTried: 'until' in finding,
		containerId: finding.kind === 'restarting' ? finding.containerId : undefined,
		nextTry: 'until' in finding && isTriedNow !== true ? finding.until : undefined,
	};
}

function findProblem({ kind, path, message, appId, name }: Problem): Found {
	return { subject: { appId }, name: name ?? 'an app', finding: { kind, path, message } };
}

function findWaits({ start, waiting }: Plan, input: ReasonInput): readonly Found[] {
	/** A step that failed and is being tried again still fails, until it has succeeded. */
	const tried = (step: ProposedStep) => {
		const pause = input.paused.get(step.id);
		return pause === undefined
			? undefined
			: assign(step, explainPause(pause, step), input).map((found) => ({ ...found, isTriedNow: true as const }));
	};
	return [
		...start.flatMap((step) => tried(step) ?? []),
		...waiting.flatMap(({ step, because }) => {
			const isRetried = because.kind === 'busy' && because.on === step.id;
			return (isRetried ? tried(step) : undefined) ?? assign(step, because, input);
		}),
	].filter(({ finding }) => finding.kind !== 'postponed'); // the device is on target
}

function assign(proposed: ProposedStep, finding: Finding, input: ReasonInput): readonly Found[] {
	const shared = {
		...(findStartFailure(proposed, finding, input) ?? { finding, step: proposed.step.kind }),
		since: input.paused.get(proposed.id)?.since,
	};
	return subjectsOf(proposed.step, input.target).map((subject) => ({ ...shared, ...subject }));
}

/** A container that cannot start is made again, which has no effect: what counts is why it cannot start. */
function findStartFailure(
	{ step }: ProposedStep,
	finding: Finding,
	{ current }: ReasonInput,
): Pick<Found, 'finding' | 'step'> | undefined {
	if (finding.kind !== 'backoff' || finding.error !== WITHOUT_EFFECT || !('serviceName' in step)) {
		return undefined;
	}
	const failed = (current?.apps ?? [])
		.find(({ appId }) => appId === step.appId)
		?.containers.filter(({ serviceName }) => serviceName === step.serviceName)
		.map(({ containerId }) => current?.failedStarts.get(containerId))
		.find((each) => each !== undefined);
	return failed && { finding: { ...finding, error: failed.error }, step: 'startContainer' };
}

/** A service that waits for the update locks of its app waits for the service that holds them. */
function withLock(one: Found, all: readonly Found[]): Found {
	if (one.finding.kind !== 'taking-locks') {
		return one;
	}
	const held = all.find(
		({ subject, finding }) => subject.appId === one.subject.appId && finding.kind === 'locked-by-user',
	);
	return held === undefined ? one : { ...one, finding: held.finding, since: held.since };
}

/** "web waits until db is healthy: db runs, and its health check fails". The order of services has no circles. */
function followChain(
	one: FoundReason,
	all: readonly Found[],
	best: ReadonlyMap<string, FoundReason>,
	depth = 0,
): FoundReason {
	if (one.kind !== 'dependency' || depth > CHAIN_MAX) {
		return one;
	}
	const finding = all.find(
		({ subject, finding: { kind } }) => keyOfSubject(subject) === keyOfSubject(one) && kind === 'dependency',
	)?.finding;
	const next =
		finding?.kind === 'dependency' ? best.get(keyOfSubject({ ...one, serviceName: finding.service })) : undefined;
	if (next === undefined) {
		return one;
	}
	return { ...one, sentence: shorten(`${one.sentence}: ${followChain(next, all, best, depth + 1).sentence}`) };
}

const CHAIN_MAX = 5;

/** Who has the port of the host. Other apps are not named: the reason is shown to the keys of this one. */
function findHolder(port: string, subject: Subject, current: CurrentState | undefined): string | undefined {
	const number = Number(port);
	const holds = ({ config, runState, ...container }: ContainerView) =>
		runState === 'running' &&
		!(container.appId === subject.appId && container.serviceName === subject.serviceName) &&
		config.portMaps.some((map) => !isChosenByEngine(map) && map.externalStart <= number && number <= map.externalEnd);
	const holder = (current?.apps ?? []).flatMap((app) => app.containers).find(holds);
	if (holder === undefined) {
		return undefined;
	}
	return holder.appId === subject.appId ? `service ${holder.serviceName}` : 'a service of another app';
}
