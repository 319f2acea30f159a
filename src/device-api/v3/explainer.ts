import type { Subject } from '../../domain/finding.ts';
import { outlookOf, type Reason } from '../../domain/reason.ts';
import { keyOfSubject } from '../../device-state/index.ts';
import type { WallTimes } from '../wall-times.ts';
import { gravest, isGraver, type BecauseView, type Explained, type ExplainView, type StepView } from './explained.ts';
import type { V3Input } from './v3-input.ts';
import { dataOf, lastErrorOf, snakeOf, type Refusal } from './view-because.ts';
import { listSteps } from './view-steps.ts';

const TROUBLESHOOTING = 'docs/troubleshooting.md';

/** What is the case where no reason says it. */
type Plain = Pick<ExplainView, 'state' | 'sentence'> & { readonly since?: string; readonly because?: BecauseView };

interface Explaining {
	readonly id: Pick<ExplainView, 'subject' | 'app' | 'service'>;
	readonly reason: Reason | undefined;
	readonly refusal?: Refusal;
	readonly plain: Plain;
	readonly rest: Pick<ExplainView, 'current' | 'wanted' | 'differences' | 'steps'>;
	readonly parts?: readonly Explained[];
	/** The parts whose state counts; all of them by default. */
	readonly judged?: readonly Explained[];
}

/** What the explanations of one status have in common: its reasons and steps by subject, and the form of each. */
export class Explainer {
	readonly input: V3Input;
	readonly #times: WallTimes;
	readonly #reasons: ReadonlyMap<string, Reason>;
	readonly #steps: ReadonlyMap<string, readonly StepView[]>;

	constructor(input: V3Input, times: WallTimes) {
		this.input = input;
		this.#times = times;
		// The gravest come first, and of one subject the first counts.
		this.#reasons = new Map(
			(input.status?.reasons ?? []).toReversed().map((reason) => [keyOfSubject(reason), reason] as const),
		);
		this.#steps = listSteps(input.status);
	}

	reasonOf(subject: Subject): Reason | undefined {
		return this.#reasons.get(keyOfSubject(subject));
	}

	stepsOf(subject: Subject): readonly StepView[] {
		return this.#steps.get(keyOfSubject(subject)) ?? [];
	}

	/** The device cannot be observed: nothing else is known of anything. */
	get unseen(): Reason | undefined {
		return this.input.status?.unseen === undefined ? undefined : this.reasonOf({});
	}

	/** A part that is worse off than its whole speaks for it. */
	explain({ id, reason, refusal, plain, rest, parts = [], judged = parts }: Explaining): Explained {
		const worst = gravest(judged);
		const outlook = reason === undefined ? undefined : outlookOf(reason.finding);
		const own = reason === undefined ? this.#unexplained(plain) : this.#explained(reason, refusal);
		const isOwn = worst === undefined || !isGraver(worst.view.state, own.state);
		const said = isOwn ? own : worst.view;
		const { state, since, clock, sentence, because, ends_when, last_error, help } = said;
		return {
			isOthers: isOwn ? (outlook?.isOthers ?? false) : worst.isOthers,
			view: {
				...id,
				...{ state, since },
				...(clock === undefined ? {} : { clock }),
				sentence,
				...rest,
				...{ because, ends_when, last_error, help },
				parts: parts.map(({ view }) => view),
			},
		};
	}

	#explained(reason: Reason, refusal: Refusal | undefined) {
		const { finding, sentence, since, nextTry } = reason;
		const { state, endsWhen, help } = outlookOf(finding);
		const because: BecauseView = {
			kind: finding.kind === 'locked-by-user' ? 'locked' : snakeOf(finding.kind),
			since: this.#times.at(since),
			...(nextTry === undefined ? {} : { next_try: this.#times.at(nextTry) }),
			...dataOf(finding, refusal),
		};
		return {
			...{ state, since: because.since, ...this.#clock(), sentence, because },
			ends_when: endsWhen,
			last_error: lastErrorOf(finding),
			help: `${TROUBLESHOOTING}#${help}`,
		};
	}

	#unexplained({ state, sentence, since, because }: Plain) {
		const none = { ends_when: null, last_error: null, help: null };
		return {
			...{ state, since: since ?? null, ...(since === undefined ? {} : this.#clock()), sentence },
			...{ because: because ?? null, ...none },
		};
	}

	#clock(): { readonly clock?: 'unsynchronised' } {
		return this.input.isClockUnset ? { clock: 'unsynchronised' } : {};
	}
}
