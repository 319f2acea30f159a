import type { CurrentState } from '../../domain/current.ts';
import { progressOf } from '../../domain/host-os.ts';
import type { HostRelease } from '../../domain/host-release.ts';
import type { Instant } from '../../domain/plan.ts';
import type { RunningStep } from '../../domain/status.ts';
import type { TargetApp, TargetState } from '../../domain/target.ts';
import type { AppReport, ReleaseReport, UpdateStatus } from './report.ts';

interface HostOsInput {
	readonly at: Instant;
	readonly current: CurrentState;
	readonly composed: TargetState | undefined;
	readonly running: readonly RunningStep[];
}

/** Adds the host OS to the report of its app, which may also have services on the data partition (spec: host-update 4). */
export function withHostOs(
	app: Pick<TargetApp, 'appUuid'>,
	report: AppReport | undefined,
	input: HostOsInput,
): AppReport | undefined {
	const hostOs = input.composed?.hostOs;
	const { os } = input.current.host;
	if (hostOs?.state === 'rejected' && hostOs.appUuid === app.appUuid) {
		const { releases } = withRelease(report, hostOs.commit, { update_status: 'rejected' });
		return { releases }; // the release does not run, even if its services on the data partition do
	}
	if (hostOs?.state !== 'ready' || hostOs.release.appUuid !== app.appUuid || os === undefined) {
		return report;
	}
	const { release } = hostOs;
	const { state } = progressOf(release, os, { now: input.at });
	if (state === 'unsupported') {
		return report;
	}
	const isRunning = state === 'running';
	const image = release.image.replace(/@.*/, '');
	const entry: ReleaseReport = {
		update_status: statusOf(release, state, input),
		services: { [release.serviceName]: { image, status: isRunning ? 'Running' : 'Installing' } },
	};
	const { releases } = withRelease(report, release.commit, entry);
	return { ...(isRunning ? { release_uuid: release.commit } : {}), releases };
}

function withRelease(report: AppReport | undefined, commit: string, entry: ReleaseReport): AppReport {
	const known = report?.releases[commit];
	const services = { ...known?.services, ...entry.services };
	const merged = { ...entry, ...(Object.keys(services).length === 0 ? {} : { services }) };
	return { ...report, releases: { ...report?.releases, [commit]: merged } };
}

function statusOf(
	release: HostRelease,
	state: ReturnType<typeof progressOf>['state'],
	{ running, current }: HostOsInput,
): UpdateStatus {
	switch (state) {
		case 'running':
			return 'done';
		case 'installed': // only the reboot is missing
		case 'given-up':
		case 'unsupported':
			return 'aborted';
		case 'started':
			return 'applying changes';
		case 'created': {
			// What a step in flight has begun is observed when it ends.
			const isRun = running.some(({ step }) => step.kind === 'updateHost');
			const isFetched = running.some(({ step }) => step.kind === 'fetchHostUpdater');
			const isTried = current.host.os?.records.some(({ release: { commit } }) => commit === release.commit) === true;
			return isRun || (isTried && !isFetched) ? 'applying changes' : 'downloading';
		}
	}
}
