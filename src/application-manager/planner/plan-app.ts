import type { CurrentApp } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { AppSpec } from '../../domain/target.ts';
import type { AppPair, DeviceFacts } from './app-facts.ts';
import { planAppImages } from './plan-app-images.ts';
import { planNetworks } from './plan-networks.ts';
import { planRemovedApp } from './plan-removed-app.ts';
import { planServices } from './plan-services.ts';
import { planVolumes } from './plan-volumes.ts';
import { propose } from './propose.ts';
import { proposeLockRelease, requireLocks } from './require-locks.ts';
import { resources } from './resources.ts';

/**
 * Each step that brings one app to its target, with the conditions that it waits for (spec: planner 7). Pure; the order
 * is stable. No steps means that the app is on target. Apps do not know of each other.
 */
export function planApp(pair: AppPair, facts: DeviceFacts): readonly Proposal[] {
	const { appId, current, target, requests, locks } = pair;
	if (pair.unreadable || target?.state === 'rejected') {
		return proposeLockRelease(appId, locks); // skipped (spec: planner I12, compose C10)
	}
	if (target === undefined) {
		return planRemovedApp(pair, facts);
	}
	const { spec } = target;
	const containers = current?.containers ?? [];
	const keptVolumes = facts.keptVolumes.filter((volume) => volume.appId === appId);
	const networks = planNetworks(spec, current, requests);
	const volumes = planVolumes(spec, { current, requests, keptVolumes });
	const drafts = planServices({
		appId,
		target: spec,
		containers,
		changingNetworks: networks.changing,
		changingVolumes: volumes.changing,
		pendingNetworks: networks.pending,
		pendingVolumes: volumes.pending,
		requests,
		keptVolumes,
		facts,
	});
	const services = [...containers.map((c) => c.serviceName), ...spec.services.map((s) => s.identity.serviceName)];
	const proposals = [
		...networks.proposals,
		...volumes.proposals,
		...planAppImages(spec, containers, facts),
		...requireLocks(drafts, { appId, services, held: locks, force: requests.force || facts.force }),
	];
	if (proposals.length > 0) {
		return proposals;
	}
	const recording = planCommit(spec, current);
	const [commit] = recording;
	// Also while the commit cannot be recorded (spec: planner I11).
	return [...recording, ...proposeLockRelease(appId, locks, commit && { kind: 'busy', on: commit.step.id })];
}

/** The release counts as reached when nothing else is left to do (spec: planner I10). */
function planCommit(target: AppSpec, current: CurrentApp | undefined): readonly Proposal[] {
	if (target.commit === undefined || target.commit === current?.commit) {
		return [];
	}
	return [
		propose(
			{ kind: 'recordCommit', appId: target.appId, commit: target.commit },
			{ reason: 'release reached', writes: [resources.app(target.appId)] },
		),
	];
}
