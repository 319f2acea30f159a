import type { Instant } from '../../domain/plan.ts';
import type { Reason } from '../../domain/reason.ts';
import type { ReasonMemory } from '../../ports/history-store.ts';
import type { SystemLog } from '../../ports/log.ts';
import { findReasons, keyOfSubject, type FoundReason, type ReasonInput } from './find-reasons.ts';

/** Shorter waits are part of every update, and the user's log does not need them. */
const ANNOUNCE_AFTER_MS = 10_000;
/** A reason that comes back within this time is not reported again. */
const FORGET_AFTER_MS = 120_000;

interface Held {
	readonly found: FoundReason;
	readonly since: Instant;
	/** The user was notified. */
	readonly isReported: boolean;
	/** Absent: it holds now. */
	readonly endedAt?: Instant;
}

/** Remembers since when each reason holds, and notifies the user of those that last, once. */
export class Reasons {
	readonly #systemLog: SystemLog;
	readonly #memory: ReasonMemory | undefined;
	/** By subject and what is said of it. */
	#held: ReadonlyMap<string, Held> = new Map();
	#shown: readonly Reason[] = [];
	#wakeAt: Instant | undefined;

	constructor(options: { readonly systemLog: SystemLog; readonly reasonMemory?: ReasonMemory | undefined }) {
		this.#systemLog = options.systemLog;
		this.#memory = options.reasonMemory;
	}

	current(): readonly Reason[] {
		return this.#shown;
	}

	/** When a reason becomes old enough to be reported, or too old to be shown. */
	wakeAt(): Instant | undefined {
		return this.#wakeAt;
	}

	/** After each pass, also after one that failed. */
	update(input: ReasonInput, now: Instant): void {
		const held = new Map<string, Held>();
		for (const found of findReasons(input)) {
			const before = this.#held.get(idOf(found));
			const since = before !== undefined && continues(before, now) ? before.since : this.#startOf(found, before, now);
			const one = { found, since: Math.min(found.since ?? now, since) };
			const wasReported = before?.isReported === true && isRemembered(before, now);
			held.set(idOf(found), { ...one, isReported: wasReported || this.#report(one, now) });
		}
		for (const [id, before] of this.#held) {
			if (!held.has(id) && isRemembered(before, now)) {
				// What cannot be seen has not ended.
				held.set(id, input.unseen === undefined ? endedBy(before, input, now) : before);
			}
		}
		this.#held = held;
		this.#shown = selectShown([...held.values()], now);
		this.#wakeAt = nextTime([...held.values()], now);
		if (input.unseen === undefined) {
			const holding = [...held].filter(([, { endedAt }]) => endedAt === undefined);
			this.#memory?.keep(holding.map(([id, { since }]) => ({ id, since })));
		}
	}

	/** Of one that is found for the first time: an earlier run of the supervisor may have known it. */
	#startOf(found: FoundReason, before: Held | undefined, now: Instant): Instant {
		return (before === undefined ? this.#memory?.sinceOf(idOf(found)) : undefined) ?? now;
	}

	/** Returns whether the user was notified. */
	#report({ found, since }: Pick<Held, 'found' | 'since'>, now: Instant): boolean {
		const isDue = reportedAt(found, since) <= now;
		if (isDue) {
			this.#systemLog.write(found.sentence);
		}
		return isDue;
	}
}

/** It does not linger after its container. */
function endedBy({ found, ...held }: Held, { current }: ReasonInput, now: Instant): Held {
	const containers = (current?.apps ?? []).flatMap((app) => app.containers);
	const isGone = !containers.some(({ containerId }) => containerId === found.containerId);
	return { ...held, found: isGone ? { ...found, lingerMs: 0 } : found, endedAt: held.endedAt ?? now };
}

/** Something that is tried again was never gone if it fails again soon: a request of a user ends all pauses. */
function continues({ found, endedAt }: Held, now: Instant): boolean {
	const pauseMs = found.isTried ? FORGET_AFTER_MS : (found.lingerMs ?? 0);
	return endedAt === undefined || now < endedAt + pauseMs;
}

function isRemembered({ endedAt }: Held, now: Instant): boolean {
	return endedAt === undefined || now < endedAt + FORGET_AFTER_MS;
}

function idOf(found: FoundReason): string {
	return `${keyOfSubject(found)} ${found.key}`;
}

/** What holds; and what lingers, unless something else is known of its subject. */
function selectShown(held: readonly Held[], now: Instant): readonly Reason[] {
	const isUnseen = held.some(({ found, endedAt }) => found.kind === 'unseen' && endedAt === undefined);
	const present = held.filter(({ found, endedAt }) => endedAt === undefined && (!isUnseen || found.kind === 'unseen'));
	const subjects = new Set(present.map(({ found }) => keyOfSubject(found)));
	const lingering = held.filter(
		({ found, endedAt }) =>
			endedAt !== undefined && !isUnseen && now < lingersUntil(found, endedAt) && !subjects.has(keyOfSubject(found)),
	);
	return [...present, ...lingering].map(({ found, since }) => {
		const { appId, serviceName, kind, finding, step, sentence, nextTry } = found;
		return { appId, serviceName, kind, finding, step, sentence, since, nextTry };
	});
}

function lingersUntil({ lingerMs = 0 }: FoundReason, endedAt: Instant): Instant {
	return endedAt + lingerMs;
}

function reportedAt({ isAnnounced }: FoundReason, since: Instant): Instant {
	return isAnnounced === true ? since + ANNOUNCE_AFTER_MS : Infinity;
}

function nextTime(held: readonly Held[], now: Instant): Instant | undefined {
	const times = held
		.map(({ found, since, endedAt }) =>
			endedAt === undefined ? reportedAt(found, since) : lingersUntil(found, endedAt),
		)
		.filter((time) => time > now && time < Infinity);
	return times.length === 0 ? undefined : Math.min(...times);
}
