import type { CurrentApp, CurrentState } from '../../domain/current.ts';
import type { PlanPolicy, Proposal } from '../../domain/plan.ts';
import type { StoredImageRecord } from '../../domain/resource.ts';
import type { TargetState } from '../../domain/target.ts';
import {
	planApp,
	planUnusedImages,
	propose,
	proposeContainerRemoval,
	serviceKey,
	type AppPair,
	type DeviceFacts,
} from '../../application-manager/index.ts';

const SUPERVISOR_NETWORK = 'supervisor0';

/**
 * Every step between the device as it is and its target, each with what it still waits for (spec: planner 6). Nothing
 * proposed means on target. The device comes first: settings, then the network that services reach us by, then each app
 * on its own, then images that nobody needs.
 */
export function proposeDevice(current: CurrentState, target: TargetState, policy: PlanPolicy): readonly Proposal[] {
	const settings = proposeSettings(target);
	if (settings.length > 0) {
		return settings;
	}
	const network = proposeSupervisorNetwork(current);
	if (network.length > 0) {
		return network;
	}
	const facts = indexFacts(current, policy);
	const proposals: Proposal[] = [];
	const unsettledApps = new Set<number>();
	for (const pair of pairApps(current, target)) {
		const steps = planApp(pair, facts);
		if (steps.length > 0 || pair.unreadable) {
			unsettledApps.add(pair.appId);
		}
		proposals.push(...steps);
	}
	if (!policy.keepImages && !proposals.some((proposal) => proposal.step.step.kind === 'pullImage')) {
		proposals.push(...planUnusedImages({ current, target, unsettledApps })); // never beside a download (spec: planner I14)
	}
	return dropRepeated(proposals);
}

function proposeSettings({ settings }: TargetState): readonly Proposal[] {
	if (Object.keys(settings).length === 0) {
		return [];
	}
	return [propose({ kind: 'changeSettings', settings }, { reason: 'configuration differs', writes: ['config'] })];
}

/** Without it no service that asks for our API can start, so it comes before every app (spec: planner I1, 6.2). */
function proposeSupervisorNetwork(current: CurrentState): readonly Proposal[] {
	if (current.supervisorNetworkReady) {
		return [];
	}
	const users = current.apps
		.flatMap((app) => app.containers)
		.filter((container) => container.networks.includes(SUPERVISOR_NETWORK));
	const user = users[0];
	return [
		...users
			.filter((container) => container.runState !== 'removing')
			.map((container) => proposeContainerRemoval(container, { reason: `network ${SUPERVISOR_NETWORK} is missing` })),
		propose(
			{ kind: 'ensureSupervisorNetwork' },
			{
				reason: `network ${SUPERVISOR_NETWORK} is missing`,
				writes: ['supervisor-network'],
				because: user && { kind: 'container', serviceName: user.serviceName, containerId: user.containerId },
			},
		),
	];
}

function indexFacts(current: CurrentState, policy: PlanPolicy): DeviceFacts {
	const recordsByService = new Map<string, StoredImageRecord[]>();
	for (const row of current.imageRecords) {
		const key = serviceKey(row.appId, row.serviceName);
		const rows = recordsByService.get(key);
		if (rows === undefined) {
			recordsByService.set(key, [row]);
		} else {
			rows.push(row);
		}
	}
	return {
		imageRecords: current.imageRecords,
		recordsByService,
		imagesById: new Map(current.images.map((image) => [image.id, image])),
		keepVolumes: policy.keepVolumes,
	};
}

function pairApps(current: CurrentState, target: TargetState): readonly AppPair[] {
	const currentApps = new Map<number, CurrentApp>(current.apps.map((app) => [app.appId, app]));
	const unreadable = new Set(current.unreadable.map((object) => object.appId));
	const targets = new Map(target.apps.map((app) => [app.appId, app]));
	const ids = [...new Set([...currentApps.keys(), ...targets.keys()])].sort((a, b) => a - b);
	return ids.map((appId) => ({
		appId,
		current: currentApps.get(appId),
		target: targets.get(appId),
		unreadable: unreadable.has(appId),
	}));
}

/** Two services with one image propose one pull. */
function dropRepeated(proposals: readonly Proposal[]): readonly Proposal[] {
	const seen = new Set<string>();
	return proposals.filter(({ step }) => !seen.has(step.id) && seen.add(step.id));
}
