import {
	foldRequests,
	ImageIndex,
	planApp,
	planUnusedImages,
	serviceKey,
	type AppPair,
	type DeviceFacts,
} from '../../application-manager/index.ts';
import type { CurrentApp, CurrentState } from '../../domain/current.ts';
import type { PlanContext, PlanPolicy, Proposal } from '../../domain/plan.ts';
import type { UpdateRequest } from '../../domain/request.ts';
import type { StoredImageRecord } from '../../domain/engine-objects.ts';
import type { StepId } from '../../domain/step.ts';
import type { TargetState } from '../../domain/target.ts';
import type { ConfigChanges } from './compare-config.ts';
import { proposeConfig } from './config-steps.ts';
import {
	proposeDueReboot,
	proposeExtraFirmware,
	proposeHostConfig,
	proposeLocalModeEnd,
	proposePower,
	proposeSupervisorNetwork,
	proposeVolumeCleanup,
} from './device-steps.ts';
import { besideHostUpdate, isHostUpdateAhead, proposeHostOs, proposeStartedUpdate } from './host-os-steps.ts';
import { afterRestore, proposeRestore } from './restore-backup.ts';
import { isSupervisorUpdateAhead, ownImages, proposeSupervisor } from './supervisor-steps.ts';

/**
 * Every step between the current device and its target, each with the conditions that it waits for (spec: planner 6).
 * No step means on target. The device comes first: settings, then the network of the API, then each app on its own,
 * then unused images, and last a reboot that is due.
 */
export function proposeDevice(
	current: CurrentState,
	target: TargetState,
	context: PlanContext & { readonly config: ConfigChanges },
): readonly Proposal[] {
	const { policy, requests, config: changes } = context;
	if (current.host.shuttingDown) {
		return [];
	}
	const asked = [...askedOfHost(current, requests, policy.force), ...proposeVolumeCleanup(current, requests)];
	const config = proposeConfig(changes, current);
	const first = [
		config.first,
		proposeLocalModeEnd(current, policy),
		proposeSupervisorNetwork(current),
		proposeExtraFirmware(current),
	].find((steps) => steps.length > 0);
	const facts = indexFacts(current, policy);
	const started = proposeStartedUpdate(current, target);
	const guard = { started: started?.step.id };
	const { apps, unsettledApps } = proposeApps(current, target, { requests, facts, guard });
	const waits = started === undefined ? [] : [started];
	const hostOs = proposeHostOs({ current, target, apps, first: first?.[0]?.step.id, context });
	const others = [...waits, ...asked, ...apps, ...hostOs];
	const supervisor = proposeSupervisor({ current, target, others, first: first?.[0]?.step.id, context });
	if (first?.[0] !== undefined) {
		const { id } = first[0].step;
		// Still proposed, though it waits: a running download continues.
		const guarded = besideHostUpdate(first, { ...guard, force: policy.force });
		return withoutRepeats([
			...waits,
			...asked,
			...config.aside,
			...guarded,
			...apps.map((proposal) => waitFor(proposal, id)),
			...hostOs,
			...supervisor,
		]);
	}
	if (!policy.keepImages && ![...apps, ...supervisor].some(({ step }) => step.step.kind === 'pullImage')) {
		// Never beside a download (spec: planner I14).
		const own = { ...ownImages(current, target), image: policy.ownImage };
		apps.push(...planUnusedImages({ current, target, unsettledApps, own, images: facts.images }));
	}
	const all = [...asked, ...apps];
	const isAhead = isHostUpdateAhead([...waits, ...hostOs], context) || isSupervisorUpdateAhead(supervisor, context);
	return [
		...waits,
		...config.aside,
		...withoutRepeats(all),
		...hostOs,
		...supervisor,
		...(all.length > 0 || isAhead
			? []
			: proposeDueReboot(current, { force: policy.force, scope: changes.reboots?.scope })),
	];
}

function proposeApps(
	current: CurrentState,
	target: TargetState,
	{
		requests,
		facts,
		guard,
	}: {
		readonly requests: readonly UpdateRequest[];
		readonly facts: DeviceFacts;
		readonly guard: { readonly started: StepId | undefined };
	},
): { readonly apps: Proposal[]; readonly unsettledApps: ReadonlySet<number> } {
	const apps: Proposal[] = [];
	const restore = proposeRestore(current, target);
	// An app of which nothing else is left has images too.
	const unsettledApps = new Set(current.unreadable.flatMap(({ appId }) => appId ?? []));
	for (const pair of pairApps(current, target, requests)) {
		const steps = afterRestore(planApp(pair, facts), pair.appId, restore);
		if (steps.length > 0 || pair.unreadable) {
			unsettledApps.add(pair.appId);
		}
		apps.push(...besideHostUpdate(steps, { ...guard, force: facts.force || pair.requests.force }));
	}
	return { apps, unsettledApps };
}

/** On a device that never had a target, only requests about the host itself are carried out. */
export function proposeWithoutTarget(
	current: CurrentState,
	{ policy, requests }: Pick<PlanContext, 'policy' | 'requests'>,
): readonly Proposal[] {
	return current.host.shuttingDown ? [] : askedOfHost(current, requests, policy.force);
}

function askedOfHost(current: CurrentState, requests: readonly UpdateRequest[], force: boolean): readonly Proposal[] {
	return [...proposePower(current, requests, force), ...proposeHostConfig(current, requests, force)];
}

function waitFor(proposal: Proposal, on: StepId): Proposal {
	return { step: proposal.step, because: proposal.because ?? { kind: 'busy', on } };
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
	const { keepImages, keepVolumes, localMode, force } = policy;
	return {
		imageRecords: current.imageRecords,
		recordsByService,
		images: new ImageIndex(current.images, current.imageRecords),
		keepImages,
		keepVolumes,
		localMode,
		force,
		host: current.host,
		crashes: current.crashes,
		failedStarts: current.failedStarts,
		leaving: current.leaving,
		completed: current.completed,
		unsteadyUntil: current.unsteadyUntil,
		keptVolumes: current.keptVolumes,
	};
}

function pairApps(current: CurrentState, target: TargetState, requests: readonly UpdateRequest[]): readonly AppPair[] {
	const currentApps = new Map<number, CurrentApp>(current.apps.map((app) => [app.appId, app]));
	const unreadable = new Set(current.unreadable.map((object) => object.appId));
	const targets = new Map(target.apps.map((app) => [app.appId, app]));
	const kept = current.keptVolumes.map(({ appId }) => appId);
	const all = [...currentApps.keys(), ...targets.keys(), ...current.locks.keys(), ...kept];
	const ids = [...new Set(all)].sort((a, b) => a - b);
	return ids.map((appId) => ({
		appId,
		current: currentApps.get(appId),
		target: targets.get(appId),
		requests: foldRequests(requests, appId),
		locks: current.locks.get(appId),
		unreadable: unreadable.has(appId),
	}));
}

/** If two services have one image, only one pull is proposed: the one that does not wait. */
function withoutRepeats(proposals: readonly Proposal[]): readonly Proposal[] {
	const byId = new Map<StepId, Proposal>();
	for (const proposal of proposals) {
		const other = byId.get(proposal.step.id);
		if (other === undefined || (other.because !== undefined && proposal.because === undefined)) {
			byId.set(proposal.step.id, proposal); // at the position of the first one
		}
	}
	return [...byId.values()];
}
