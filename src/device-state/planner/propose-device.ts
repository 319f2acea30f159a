import type { CurrentApp, CurrentState } from '../../domain/current.ts';
import type { PlanPolicy, Proposal } from '../../domain/plan.ts';
import type { StoredImageRecord } from '../../domain/resource.ts';
import type { StepId } from '../../domain/step.ts';
import type { TargetState } from '../../domain/target.ts';
import {
	planApp,
	planUnusedImages,
	propose,
	proposeContainerRemoval,
	serviceKey,
	SUPERVISOR_NETWORK,
	SUPERVISOR_NETWORK_RESOURCE,
	type AppPair,
	type DeviceFacts,
} from '../../application-manager/index.ts';

/**
 * Every step between the device as it is and its target, each with what it still waits for (spec: planner 6). Nothing
 * proposed means on target. The device comes first: settings, then the network that services reach us by, then each app
 * on its own, then images that nobody needs.
 */
export function proposeDevice(current: CurrentState, target: TargetState, policy: PlanPolicy): readonly Proposal[] {
	const settings = proposeSettings(target);
	const device = [settings, proposeSupervisorNetwork(current), proposeExtraFirmware(current)].find(
		(steps) => steps.length > 0,
	);
	const facts = indexFacts(current, policy);
	const apps: Proposal[] = [];
	const unsettledApps = new Set<number>();
	for (const pair of pairApps(current, target)) {
		const steps = planApp(pair, facts);
		if (steps.length > 0 || pair.unreadable) {
			unsettledApps.add(pair.appId);
		}
		apps.push(...steps);
	}
	const first = device?.[0];
	if (device !== undefined && first !== undefined) {
		// Still proposed, though it waits: what is being downloaded goes on.
		return dropRepeated([...device, ...apps.map((proposal) => waitFor(proposal, first.step.id))]);
	}
	if (!policy.keepImages && !apps.some((proposal) => proposal.step.step.kind === 'pullImage')) {
		apps.push(...planUnusedImages({ current, target, unsettledApps, ownImage: policy.ownImage })); // never beside a download (spec: planner I14)
	}
	return dropRepeated(apps);
}

function waitFor(proposal: Proposal, on: StepId): Proposal {
	return { step: proposal.step, because: proposal.because ?? { kind: 'busy', on } };
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
		.filter((container) => SUPERVISOR_NETWORK in container.config.networks);
	const user = users[0];
	return [
		...users
			.filter((container) => container.runState !== 'removing')
			.map((container) => proposeContainerRemoval(container, { reason: `network ${SUPERVISOR_NETWORK} is missing` })),
		propose(
			{ kind: 'ensureSupervisorNetwork' },
			{
				reason: `network ${SUPERVISOR_NETWORK} is missing`,
				writes: [SUPERVISOR_NETWORK_RESOURCE],
				because: user && { kind: 'container', serviceName: user.serviceName, containerId: user.containerId },
			},
		),
	];
}

/** The operating system reads firmware from a volume that services may fill (spec: compose 7.4, host 7). */
function proposeExtraFirmware(current: CurrentState): readonly Proposal[] {
	if (current.extraFirmwareReady) {
		return [];
	}
	return [
		propose(
			{ kind: 'ensureExtraFirmwareVolume' },
			{ reason: 'volume extra-firmware is not set up', writes: ['config', 'extra-firmware'] },
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
