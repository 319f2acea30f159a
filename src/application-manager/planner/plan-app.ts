import type { CurrentApp } from '../../domain/current.ts';
import type { AppSpec } from '../../domain/target.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { AppPair, DeviceFacts } from './app-facts.ts';
import { planAppImages } from './plan-app-images.ts';
import { planNetworks } from './plan-networks.ts';
import { planRemovedApp } from './plan-removed-app.ts';
import { planServices } from './plan-services.ts';
import { planVolumes } from './plan-volumes.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

/**
 * Every step that brings one app to its target, with what it still waits for (spec: planner 7). Pure; the order is
 * stable. Nothing proposed means that the app is on target. Apps know nothing of each other.
 */
export function planApp(pair: AppPair, facts: DeviceFacts): readonly Proposal[] {
	const { current, target } = pair;
	if (pair.unreadable || target?.state === 'rejected') {
		return []; // left exactly as it is (spec: planner I12, compose C10)
	}
	if (target === undefined) {
		return current === undefined ? [] : planRemovedApp(current, facts);
	}
	const networks = planNetworks(target.spec, current);
	const volumes = planVolumes(target.spec, current);
	const proposals = [
		...networks.proposals,
		...volumes.proposals,
		...planAppImages(target.spec, facts),
		...planServices({
			appId: pair.appId,
			target: target.spec,
			containers: current?.containers ?? [],
			changingNetworks: networks.changing,
			pendingNetworks: networks.pending,
			pendingVolumes: volumes.pending,
			facts,
		}),
	];
	return proposals.length > 0 ? proposals : planCommit(target.spec, current);
}

/** The release counts as reached when nothing else is left to do (spec: planner I10). */
function planCommit(target: AppSpec, current: CurrentApp | undefined): readonly Proposal[] {
	if (target.commit === undefined || target.commit === current?.commit) {
		return [];
	}
	const leaving = current?.containers.find(({ runState }) => runState === 'removing');
	return [
		propose(
			{ kind: 'recordCommit', appId: target.appId, commit: target.commit },
			{
				reason: 'release reached',
				writes: [resources.app(target.appId)],
				because: leaving && { kind: 'container', serviceName: leaving.serviceName, containerId: leaving.containerId },
			},
		),
	];
}
