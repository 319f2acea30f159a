import type { Subject } from '../../domain/finding.ts';
import type { Reason } from '../../domain/reason.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { Access } from '../access.ts';
import { WallTimes, type Clocks } from '../wall-times.ts';

/** Members that v19 did not have (spec: device-api 5.4, 5.9). Absent: there is nothing to explain. */
interface ReasonView {
	readonly reason?: string;
	readonly since?: string;
	readonly next_try?: string;
}

interface ReasonViewerOptions extends Clocks {
	readonly redact: (text: string) => string;
}

/** Shows reasons, with their times as the wall clock has them now. */
export class ReasonViewer {
	readonly #redact: (text: string) => string;
	readonly #times: WallTimes;

	constructor(options: ReasonViewerOptions) {
		this.#redact = options.redact;
		this.#times = new WallTimes(options);
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
		return {
			reason: this.#redact(sentence),
			since: this.#times.at(since),
			...(nextTry === undefined ? {} : { next_try: this.#times.at(nextTry) }),
		};
	}
}
