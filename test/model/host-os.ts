import { hostOsCause, type CurrentHostOs } from '../../src/domain/host-os.ts';
import type { HostRelease } from '../../src/domain/host-release.ts';
import type { Pause, ProposedStep, Proposal } from '../../src/domain/plan.ts';
import type { RebootCause } from '../../src/domain/reboot.ts';
import type { Step } from '../../src/domain/step.ts';

/** A target that names a release of the host OS. */
export interface HostRun {
	/** A boot into the new system may fail: then the old one boots. */
	readonly rollsBack: boolean;
}

export interface HostState {
	readonly build: 'old' | 'new';
	/** Started: the updater runs, also if no step waits for it. */
	readonly mark: 'none' | 'prepared' | 'started' | 'installed';
	/** Starts of the updater that are recorded. */
	readonly attempts: number;
	/** The supervisor knows that the release runs, and has forgotten the attempts. */
	readonly isRecorded: boolean;
	/** The updater failed a moment ago. */
	readonly isPausing: boolean;
}

export type HostLeft =
	| 'host OS'
	/** Only the reboot is missing. */
	| 'boot of the host OS'
	| 'record of the host OS';

const ATTEMPTS_MAX = 3;
const RELEASE: HostRelease = {
	...{ appId: 9, appUuid: 'host', commit: 'h2', serviceName: 'hostapp', build: 'new' },
	...{ image: 'registry.test/os@sha256:8', updater: 'registry.test/updater@sha256:9' },
};
export const WANTED_OS = { state: 'ready', release: RELEASE } as const;

export function hostKey({ build, mark, attempts, isRecorded, isPausing }: HostState): string {
	const flags = `${isRecorded ? ', recorded' : ''}${isPausing ? ', pausing' : ''}`;
	return `host OS ${build}, mark ${mark}, ${attempts} attempts${flags}`;
}

/** The start states: each stage, before and after attempts that failed. */
export function hostStates(): readonly HostState[] {
	const base = { isRecorded: false, isPausing: false };
	const old = [0, 1, ATTEMPTS_MAX - 1, ATTEMPTS_MAX].flatMap((attempts) =>
		(['none', 'prepared', 'started', 'installed'] as const)
			.filter((mark) => mark === 'none' || (mark === 'prepared' ? attempts < ATTEMPTS_MAX : attempts > 0))
			.map((mark) => ({ ...base, build: 'old' as const, mark, attempts })),
	);
	const done = { ...base, build: 'new', mark: 'none' } as const;
	return [...old, { ...done, attempts: 0 }, { ...done, attempts: 2 }, { ...done, attempts: 0, isRecorded: true }];
}

/** As the observer shows it. */
export function observedHost({ build, mark, attempts, isRecorded }: HostState): CurrentHostOs {
	const isKnown = attempts > 0 || isRecorded;
	return {
		build,
		...(mark === 'none' ? {} : { mark: { commit: RELEASE.commit, state: mark } }),
		records: isKnown ? [{ release: RELEASE, attempts, attemptedAt: 0 }] : [],
		isForeignUpdate: false,
	};
}

export function hostReboots({ mark }: HostState): readonly RebootCause[] {
	return mark === 'installed' ? [hostOsCause(RELEASE)] : [];
}

/** What a step makes of it, if all goes well; `undefined`: the step is about something else. */
export function applyHostStep(step: Step, host: HostState): HostState | undefined {
	switch (step.kind) {
		case 'fetchHostUpdater':
			return { ...host, mark: 'prepared' };
		case 'updateHost':
			return { ...host, mark: 'installed', attempts: host.attempts + (step.isStarted ? 0 : 1) };
		case 'recordHostRelease':
			return { ...host, mark: 'none', attempts: 0, isRecorded: true };
		default:
			return undefined;
	}
}

/** The updater fails, or the supervisor ends while it runs or just before. */
export function tornHost(step: Step, host: HostState): readonly HostState[] {
	if (step.kind !== 'updateHost') {
		return [];
	}
	const begun = { ...host, attempts: host.attempts + (step.isStarted ? 0 : 1) };
	return [begun, { ...begun, mark: 'started' }, { ...begun, mark: 'none', isPausing: true }];
}

/** Each host that a boot may bring. */
export function afterHostBoot(host: HostState, run: HostRun): readonly HostState[] {
	const booted: HostState = { ...host, mark: 'none', isPausing: false };
	return host.mark !== 'installed' ? [booted] : [{ ...booted, build: 'new' }, ...(run.rollsBack ? [booted] : [])];
}

interface HostEvent {
	readonly kind: 'updater pause ends' | 'a day is over';
	readonly host: HostState;
}

export function hostEvents(host: HostState): readonly HostEvent[] {
	const events: HostEvent[] = [];
	if (host.isPausing) {
		events.push({ kind: 'updater pause ends', host: { ...host, isPausing: false } });
	}
	if (isGivenUp(host)) {
		events.push({ kind: 'a day is over', host: { ...host, attempts: 0 } });
	}
	return events;
}

export function hostPauses(proposals: readonly Proposal[]): readonly (readonly [string, Pause])[] {
	const pause = { until: 1000, failures: 1, error: 'exit code 3', since: 0, reason: 'backoff' as const };
	return proposals.flatMap(({ step }) => (step.step.kind === 'updateHost' ? [[step.id, pause] as const] : []));
}

/** A release that was given up waits for a day, and nothing waits for it. */
export function isGivenUp({ build, mark, attempts }: HostState): boolean {
	return build === 'old' && (mark === 'none' || mark === 'prepared') && attempts >= ATTEMPTS_MAX;
}

export function findHostLeft(host: HostState): readonly HostLeft[] {
	const { build, mark, attempts, isRecorded } = host;
	if (build === 'old') {
		return isGivenUp(host) ? [] : [mark === 'installed' ? 'boot of the host OS' : 'host OS'];
	}
	return isRecorded && attempts === 0 && mark === 'none' ? [] : ['record of the host OS'];
}

/** Kinds of steps about the host OS, independent of apps. */
export const HOST_KINDS: readonly string[] = ['fetchHostUpdater', 'updateHost', 'recordHostRelease'];

/** Which rules a step breaks by starting in this state (spec: host-update 2, 3). */
export function judgeHostStep({ step }: ProposedStep, host: HostState, stopsRunning: boolean): readonly string[] {
	const { build, mark, attempts, isPausing } = host;
	const broken: string[] = [];
	const check = (rule: string, holds: boolean) => {
		if (!holds) {
			broken.push(rule);
		}
	};
	check('no container is stopped while the host OS is updated', !(stopsRunning && mark === 'started'));
	switch (step.kind) {
		case 'fetchHostUpdater':
			check('an updater is fetched for a release that is missing', build === 'old' && mark === 'none');
			check('three attempts, and no more', attempts < ATTEMPTS_MAX);
			break;
		case 'updateHost':
			check(
				'an updater that runs is waited for, and none is started beside it',
				step.isStarted === (mark === 'started'),
			);
			check('an updater is started where it was placed', step.isStarted || (mark === 'prepared' && build === 'old'));
			check('three attempts, and no more', step.isStarted || attempts < ATTEMPTS_MAX);
			check('an updater that failed pauses', !isPausing || step.isStarted);
			break;
		case 'recordHostRelease':
			check('only the release that runs is recorded', build === 'new');
			break;
		case 'reboot':
			check('no reboot under the updater', mark !== 'started');
			break;
		default:
	}
	return broken;
}
