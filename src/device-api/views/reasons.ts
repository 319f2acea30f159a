import type { Reason, Subject } from '../../domain/reason.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { Access } from '../access.ts';

/** Members that v19 did not have (spec: device-api 5.4, 5.9). Absent: there is nothing to explain. */
interface ReasonView {
	readonly reason?: string;
	readonly since?: string;
	readonly next_try?: string;
}

interface ReasonTimes {
	readonly now: () => number;
	readonly wall: () => Date;
	readonly redact: (text: string) => string;
}

/** Smaller differences between the clocks are noise of reading them; larger ones are a wall clock that was set. */
const CLOCK_NOISE_MS = 1000;

/** Shows reasons, with their times as the wall clock has them now: it may be set long after a reason began. */
export class ReasonViewer {
	readonly #times: ReasonTimes;
	#offsetMs: number | undefined;

	constructor(times: ReasonTimes) {
		this.#times = times;
	}

	ofService(status: DeviceStatus | undefined, subject: Required<Subject>): ReasonView {
		return this.#view(status?.reasons.find((r) => r.appId === subject.appId && r.serviceName === subject.serviceName));
	}

	/** Of the services of the app that have one, by name. */
	ofServices(status: DeviceStatus | undefined, appId: number): Readonly<Record<string, ReasonView>> {
		const reasons = (status?.reasons ?? []).filter((reason) => reason.appId === appId);
		return Object.fromEntries(
			reasons.flatMap((reason) =>
				reason.serviceName === undefined ? [] : [[reason.serviceName, this.#view(reason)] as const],
			),
		);
	}

	/** The gravest reason of the app and its services; without any, that of the device, if the caller may see it. */
	ofApp(status: DeviceStatus | undefined, appId: number | undefined, access: Access): ReasonView {
		const of = (id: number | undefined) => (status?.reasons ?? []).filter((reason) => reason.appId === id);
		const [gravest] = [...(appId === undefined ? [] : of(appId)), ...(access.coversDevice() ? of(undefined) : [])];
		return this.#view(gravest);
	}

	/** Since when the device cannot be observed; the reason itself is in the status. */
	sinceUnseen(status: DeviceStatus): Pick<ReasonView, 'since'> {
		const { since } = this.#view(status.reasons.find(({ kind }) => kind === 'unseen'));
		return since === undefined ? {} : { since };
	}

	#view(reason: Reason | undefined): ReasonView {
		if (reason === undefined) {
			return {};
		}
		const { sentence, since, nextTry } = reason;
		const offsetMs = this.#readOffset();
		const atWall = (instant: number) => new Date(Math.round(instant + offsetMs)).toISOString();
		return {
			reason: this.#times.redact(sentence),
			since: atWall(since),
			...(nextTry === undefined ? {} : { next_try: atWall(nextTry) }),
		};
	}

	#readOffset(): number {
		const offsetMs = this.#times.wall().getTime() - this.#times.now();
		if (this.#offsetMs === undefined || Math.abs(offsetMs - this.#offsetMs) > CLOCK_NOISE_MS) {
			this.#offsetMs = offsetMs;
		}
		return this.#offsetMs;
	}
}
