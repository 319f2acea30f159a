import type { HostRelease } from './host-release.ts';
import type { RebootCause } from './reboot.ts';
import type { Instant } from './plan.ts';

/** Kept for each release that was wanted, across boots. */
export interface HostUpdateRecord {
	readonly release: HostRelease;
	/** Starts of the updater since the count began. */
	readonly attempts: number;
	/** Absent before the first one. An attempt of an earlier process has a time before this one. */
	readonly attemptedAt?: Instant;
	/** How the last attempt failed. Absent: it has not ended, or the power was cut. */
	readonly failure?: string;
}

/** Kept until the next boot. */
export interface HostUpdateMark {
	readonly commit: string;
	/** `prepared`: the updater is on the disk. `installed`: it has ended with success, and a reboot is due. */
	readonly state: 'prepared' | 'started' | 'installed';
}

/** The host OS as observed, on a device whose target has a host app. */
export interface CurrentHostOs {
	/** Absent: the operating system names none, and cannot be updated. */
	readonly build?: string;
	readonly mark?: HostUpdateMark;
	readonly records: readonly HostUpdateRecord[];
	/** Another program has installed an update, which may still be rolled back (spec: host 4). */
	readonly isForeignUpdate: boolean;
	/** Why no update can be started, until it is asked again. */
	readonly unsupported?: { readonly reason: string; readonly until: Instant };
}

/** Where this device stands on its way to the release. */
type HostOsProgress =
	| { readonly state: 'running' | 'installed' | 'started' }
	| {
			readonly state: 'created';
			readonly attempts: number;
			readonly isPrepared: boolean;
	  }
	| { readonly state: 'given-up'; readonly until: Instant; readonly failure: string }
	| { readonly state: 'unsupported'; readonly reason: string };

/** What os-release says which build of the operating system runs; not every one does. */
export function buildOf(osRelease: ReadonlyMap<string, string> | undefined): string | undefined {
	const build = osRelease?.get('BALENA_BOARD_REV') ?? osRelease?.get('RESIN_BOARD_REV');
	return build === '' ? undefined : build;
}

export const HOST_ATTEMPTS_MAX = 3;
const NEXT_ROUND_MS = 24 * 3_600_000;

interface Moment {
	readonly now: Instant;
	/** When a user last forced an update: attempts before it do not count. */
	readonly forcedAt?: Instant | undefined;
}

/** A pure function of what was observed (spec: host-update 2). */
export function progressOf(release: HostRelease, os: CurrentHostOs, at: Moment): HostOsProgress {
	if (os.build === undefined) {
		return { state: 'unsupported', reason: 'the operating system does not name its build' };
	}
	const mark = os.mark?.commit === release.commit ? os.mark.state : undefined;
	if (os.mark?.state === 'started') {
		return { state: 'started' }; // it is waited for, whatever the target wants now
	}
	if (os.build === release.build) {
		return { state: 'running' };
	}
	if (mark === 'installed') {
		return { state: 'installed' };
	}
	if (os.unsupported !== undefined && os.unsupported.until > at.now) {
		return { state: 'unsupported', reason: os.unsupported.reason };
	}
	const record = os.records.find((each) => isSameRelease(each.release, release));
	const { attempts, until } = attemptsLeft(record, at);
	return until === undefined
		? { state: 'created', attempts, isPrepared: mark === 'prepared' }
		: { state: 'given-up', until, failure: record?.failure ?? describeRollBack(os.build) };
}

/** Everything that the updater gets counts: with another image it is another attempt. */
export function isSameRelease(one: HostRelease, other: HostRelease): boolean {
	return (
		one.commit === other.commit &&
		one.image === other.image &&
		one.updater === other.updater &&
		one.build === other.build
	);
}

/** The attempts that count; `until`: all are used up, and the next round begins then. */
function attemptsLeft(
	record: HostUpdateRecord | undefined,
	{ now, forcedAt }: Moment,
): { readonly attempts: number; readonly until?: Instant } {
	const { attempts = 0, attemptedAt } = record ?? {};
	if (attemptedAt === undefined || attempts === 0) {
		return { attempts: 0 };
	}
	const until = attemptedAt + NEXT_ROUND_MS;
	if (until <= now || (forcedAt !== undefined && forcedAt > attemptedAt)) {
		return { attempts: 0 };
	}
	return attempts < HOST_ATTEMPTS_MAX ? { attempts } : { attempts, until };
}

function describeRollBack(build: string): string {
	return `the device has booted with build ${build} again`;
}

/** Not counted with the reboots: each comes after an attempt, and these are counted. */
export function hostOsCause({ commit }: Pick<HostRelease, 'commit'>): RebootCause {
	return { scope: 'host-os', what: `host OS ${commit}` };
}
