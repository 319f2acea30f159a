import type { CloudCall, CloudFinding } from '../domain/finding.ts';
import type { Instant } from '../domain/plan.ts';
import { describeFinding, type Reason } from '../domain/reason.ts';
import { Listeners } from '../lib/listeners.ts';
import type { Clock } from '../ports/clock.ts';
import { explainProblem, isRefusal, type CloudProblem } from './protocol/cloud-problem.ts';

/** Of each at most one holds: a call that does not succeed, a target that cannot be used, parts of a report. */
type Place = CloudCall | 'content' | 'parts';

interface Trouble {
	readonly key: string;
	readonly reason: Reason;
}

/**
 * What stands between the device and its cloud, since when, and when it is tried again (spec: v3-api 3.2). The parts that
 * call the cloud report into it; nothing waits for it.
 */
export class CloudTroubles {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #listeners = new Listeners<[]>();
	#held: ReadonlyMap<Place, Trouble> = new Map();
	#shown: readonly Reason[] = [];

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	/** The same object until something changes. */
	current(): readonly Reason[] {
		return this.#shown;
	}

	/** Returns a function that stops this. */
	onChange(listener: () => void): () => void {
		return this.#listeners.add(listener);
	}

	failed(call: CloudCall, problem: CloudProblem, retryInMs?: number): void {
		const { status, said, detail } = problem;
		const shown = said ?? detail;
		const finding: CloudFinding = {
			kind: isRefusal(problem) ? 'cloud-refuses' : 'cloud-away',
			call,
			problem: explainProblem(problem),
			...(status === undefined ? {} : { status }),
			...(shown === undefined ? {} : { said: shown }),
		};
		this.#note(call, finding, retryInMs === undefined ? undefined : this.#clock.now() + retryInMs);
	}

	succeeded(call: CloudCall): void {
		this.#drop(call);
	}

	/** `lines`: what is wrong with the target that the cloud sent; none: it is good. */
	judgedTarget(lines: readonly string[]): void {
		if (lines.length === 0) {
			this.#drop('content');
		} else {
			this.#note('content', { kind: 'target-unusable', lines }, undefined);
		}
	}

	/** The parts that the cloud refuses at present. */
	refusedParts(parts: readonly string[]): void {
		if (parts.length === 0) {
			this.#drop('parts');
		} else {
			this.#note('parts', { kind: 'report-part-refused', parts }, undefined);
		}
	}

	#note(place: Place, finding: CloudFinding, nextTry: Instant | undefined): void {
		const { key, kind, sentence } = describeFinding(finding, { name: 'the device' });
		const before = this.#held.get(place);
		const since = before?.key === key ? before.reason.since : this.#clock.now();
		this.#set(new Map([...this.#held, [place, { key, reason: { kind, finding, sentence, since, nextTry } }]]));
	}

	#drop(place: Place): void {
		if (this.#held.has(place)) {
			this.#set(new Map([...this.#held].filter(([other]) => other !== place)));
		}
	}

	#set(held: ReadonlyMap<Place, Trouble>): void {
		this.#held = held;
		this.#shown = [...held.values()].map(({ reason }) => reason);
		this.#listeners.notify();
	}
}
