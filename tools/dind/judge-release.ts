import type { ServiceContainer } from './containers.ts';
import type { Reason } from './find-reasons.ts';

/** One look at a device that shall run a release. */
export interface Look {
	/** Of a monotonic clock. */
	readonly atMs: number;
	/** It says that it runs this release and has nothing left to do. */
	readonly isApplied: boolean;
	readonly isRejected: boolean;
	/** Those of the release; one of the release before may well be ending. */
	readonly containers: readonly ServiceContainer[];
	/** From its log. */
	readonly reasons: readonly Reason[];
	/** From its API, by service. */
	readonly serviceReasons: Readonly<Record<string, string>>;
	readonly appReason: string | undefined;
}

/** What is remembered between looks. */
export interface Judgement {
	readonly verdict:
		| { readonly kind: 'wait' }
		/** On target: it stays to be seen whether it lasts. */
		| { readonly kind: 'settling' }
		| { readonly kind: 'stable' }
		| { readonly kind: 'rejected' | 'failed'; readonly reason: string };
	/** Of all containers, as far as it shows a restart. */
	readonly fingerprint: string;
	/** Since when nothing changed and the device is on target. */
	readonly steadySinceMs: number | undefined;
	/** By container. */
	readonly starts: Readonly<Record<string, Starts>>;
	readonly rejectedSinceMs: number | undefined;
	readonly failingSinceMs: number | undefined;
	readonly unhealthySinceMs: number | undefined;
}

interface Starts {
	readonly service: string;
	readonly startedAt: string;
	/** What the engine had counted at the first look. */
	readonly restartsBefore: number;
	/** How often it was started again since then, by the engine or by the supervisor. */
	readonly again: number;
}

export const BEGINNING: Judgement = {
	verdict: { kind: 'wait' },
	fingerprint: '',
	steadySinceMs: undefined,
	starts: {},
	rejectedSinceMs: undefined,
	failingSinceMs: undefined,
	unhealthySinceMs: undefined,
};

/** For a moment the device may still speak of the release before. */
const REJECTED_MS = 2_000;
/** A registry that restarts, or a port that its former user is about to free, is back by then. */
const FAILING_MS = 30_000;
const UNHEALTHY_MS = 10_000;
/** Once is an accident, as of a service that comes up before its database. */
const STARTS_AGAIN_MAX = 3;

/** Whether the release has come to its end, for better or worse. */
export function judgeRelease(before: Judgement, look: Look, stableMs: number): Judgement {
	const { atMs } = look;
	const fingerprint = look.containers
		.map(({ id, state, startedAt, restarts, health }) => [id, state, startedAt, restarts, health].join())
		.join(';');
	const since = (isSo: boolean, sinceMs: number | undefined) => (isSo ? (sinceMs ?? atMs) : undefined);
	const isSteady = look.isApplied && (stableMs === 0 || fingerprint === before.fingerprint);
	const next = {
		fingerprint,
		steadySinceMs: since(isSteady, before.steadySinceMs),
		starts: countStarts(before.starts, look.containers),
		rejectedSinceMs: since(look.isRejected, before.rejectedSinceMs),
		failingSinceMs: since(findFailing(look) !== undefined, before.failingSinceMs),
		unhealthySinceMs: since(findUnhealthy(look) !== undefined, before.unhealthySinceMs),
	};
	return { ...next, verdict: conclude(next, look, stableMs) };
}

function conclude(state: Omit<Judgement, 'verdict'>, look: Look, stableMs: number): Judgement['verdict'] {
	const lasts = (sinceMs: number | undefined, ms: number) => sinceMs !== undefined && look.atMs - sinceMs >= ms;
	const refused = look.reasons.find(({ kind }) => kind === 'refused');
	if (refused !== undefined) return { kind: 'rejected', reason: refused.text };
	if (lasts(state.rejectedSinceMs, REJECTED_MS)) return { kind: 'rejected', reason: describeRejection(look) };
	const crashing = Object.values(state.starts).find(({ again }) => again >= STARTS_AGAIN_MAX)?.service;
	if (crashing !== undefined) return { kind: 'failed', reason: describeCrash(look, crashing) };
	const failing = findFailing(look);
	if (failing !== undefined && lasts(state.failingSinceMs, FAILING_MS)) {
		return { kind: 'failed', reason: look.appReason ?? failing.text };
	}
	const unhealthy = findUnhealthy(look);
	if (unhealthy !== undefined && lasts(state.unhealthySinceMs, UNHEALTHY_MS)) {
		return { kind: 'failed', reason: `${unhealthy} runs, and its health check fails` };
	}
	if (!look.isApplied) return { kind: 'wait' };
	if (!lasts(state.steadySinceMs, stableMs)) return { kind: 'settling' };
	// One that its user has stopped has no reason.
	const broken = look.containers.find(
		({ state: now, exitCode, service }) =>
			now !== 'running' && exitCode !== 0 && look.serviceReasons[service] !== undefined,
	);
	return broken === undefined ? { kind: 'stable' } : { kind: 'failed', reason: describeCrash(look, broken.service) };
}

/** A lock that a service holds is no failure (kind `locked`): it ends when the service wants. */
function findFailing({ isApplied, reasons }: Look): Reason | undefined {
	return isApplied ? undefined : reasons.find(({ kind }) => kind === 'failing');
}

function findUnhealthy({ containers }: Look): string | undefined {
	return containers.find(({ state, health }) => state === 'running' && health === 'unhealthy')?.service;
}

/** The engine counts its own restarts only; those by the supervisor show in the time of the start. */
function countStarts(before: Judgement['starts'], containers: readonly ServiceContainer[]): Judgement['starts'] {
	return Object.fromEntries(
		containers.map(({ id, service, startedAt, restarts }) => {
			const known = before[id] ?? { service, startedAt, restartsBefore: restarts, again: 0 };
			const isAgain = known.startedAt !== startedAt && !known.startedAt.startsWith('0001-');
			// Between two looks the engine may have started it several times.
			const again = Math.max(known.again + (isAgain ? 1 : 0), restarts - known.restartsBefore);
			return [id, { ...known, startedAt, again }];
		}),
	);
}

function describeRejection({ reasons, appReason }: Look): string {
	const problems = reasons.filter(({ kind }) => kind === 'problem').map(({ text }) => text);
	return `The device refuses the release: ${problems.join('; ') || (appReason ?? 'its log says why')}`;
}

function describeCrash({ serviceReasons, containers }: Look, service: string): string {
	const code = containers.find((container) => container.service === service)?.exitCode ?? 0;
	return serviceReasons[service] ?? `${service} ends by itself (exit code ${code})`;
}
