import type { Proposal, WaitReason } from '../../domain/plan.ts';
import { containerNameOf, type ContainerView, type ServiceSpec } from '../../domain/service.ts';
import { decideRun } from './drift.ts';
import { planHandOver, planOldContainer } from './plan-hand-over.ts';
import { containerStep, proposeContainerRemoval, readsOf } from './propose-container.ts';
import { propose } from './propose.ts';
import { locked, unlocked, type Draft } from './require-locks.ts';
import { contestedBy, resources, SUPERVISOR_NETWORK_RESOURCE } from './resources.ts';
import { describeCrash, whyCrashLoop } from './crashes.ts';
import { killsFirst, strategyOf, type ServicePair } from './service-pairs.ts';
import type { ServicesInput } from './services-input.ts';
import { describeSituation, handsOver, isHandingOver, type Situation } from './situation.ts';
import {
	whyContested,
	whyDependenciesMissing,
	whyNameTaken,
	whyNotCreate,
	whyPartsMissing,
} from './start-conditions.ts';

/** Containers of one app: removals, renames, creations, starts and stops (spec: planner 7.2, 7.3, 8, 12). */
export function planServices(input: ServicesInput): readonly Draft[] {
	const situation = describeSituation(input);
	return [
		...situation.older
			.filter((container) => container.runState !== 'removing')
			.map((container) => planOlder(container, situation)),
		...[...situation.pairs.values()].flatMap((pair) => planService(pair, situation)),
	];
}

function planOlder(container: ContainerView, situation: Situation): Draft {
	const pair = situation.pairs.get(container.serviceName);
	if (isHandingOver(container, pair, situation.contested)) {
		return planOldContainer(container, pair);
	}
	return planRemoval(container, {
		reason: 'an older container of the same service',
		because: killsFirst(strategyOf(container)) ? undefined : situation.imagesMissing,
	});
}

/** A dead container serves nobody: it goes at once, and without locks (spec: planner I6). */
function planRemoval(container: ContainerView, details: Parameters<typeof proposeContainerRemoval>[1]): Draft {
	return container.runState === 'dead'
		? unlocked(proposeContainerRemoval(container, { ...details, because: undefined }))
		: locked(proposeContainerRemoval(container, details));
}

function planService(pair: ServicePair, situation: Situation): readonly Draft[] {
	const { current, target, removal } = pair;
	if (current === undefined) {
		return target === undefined ? [] : [locked(proposeCreate(target, situation))];
	}
	if (current.runState === 'removing') {
		const because: WaitReason = { kind: 'container', serviceName: pair.name, containerId: current.containerId };
		return target === undefined ? [] : [locked(proposeCreate(target, situation, because))];
	}
	if (removal !== undefined) {
		return target !== undefined && target.engineImageId !== undefined && handsOver(pair, situation.contested)
			? [planHandOver(current, { target, removal, situation })]
			: [planReplacement(current, pair, situation)];
	}
	if (target === undefined) {
		return [];
	}
	const name = containerNameOf(target.identity);
	return current.name === name
		? planRun(current, target, situation)
		: [locked(proposeRename(current, name, pair, situation))];
}

function planReplacement(current: ContainerView, pair: ServicePair, situation: Situation): Draft {
	const { reason, differences } = pair.removal ?? { reason: '' };
	return planRemoval(current, {
		reason,
		because: killsFirst(pair.strategy) ? undefined : situation.imagesMissing,
		...(differences === undefined
			? {}
			: { differences, identity: `replace ${JSON.stringify(differences)} ${pair.target?.identity.commit ?? ''}` }),
	});
}

function proposeRename(current: ContainerView, name: string, pair: ServicePair, situation: Situation): Proposal {
	return propose(
		{ ...containerStep('renameContainer', current), name },
		{
			reason: `same configuration, other release: ${current.name}`,
			writes: [resources.service(current.appId, current.serviceName)],
			because: (killsFirst(pair.strategy) ? undefined : situation.imagesMissing) ?? whyNameTaken(name, situation),
		},
	);
}

function proposeCreate(spec: ServiceSpec, situation: Situation, because?: WaitReason): Proposal {
	const { appId, serviceName } = spec.identity;
	return propose(
		{ kind: 'createContainer', appId, serviceName, spec },
		{
			reason: 'container missing',
			writes: [resources.service(appId, serviceName)],
			reads: readsOf(spec),
			because: because ?? whyNotCreate(spec, situation),
			// The name tells release and image. A specification is long, and a new one comes with a new target, which
			// forgives everything.
			identity: `${containerNameOf(spec.identity)} ${spec.engineImageId ?? ''}`,
		},
	);
}

function planRun(current: ContainerView, spec: ServiceSpec, situation: Situation): readonly Draft[] {
	const writes = [resources.service(current.appId, current.serviceName)];
	switch (decideRun(current, spec, situation)) {
		case 'start':
			return planStart(current, spec, situation);
		case 'stop':
			return [
				locked(
					propose(containerStep('stopContainer', current), {
						reason: spec.running ? 'stop requested' : 'target says not running',
						writes,
					}),
				),
			];
		case 'unpause':
			return [
				unlocked(
					propose(containerStep('unpauseContainer', current), { reason: 'container paused by another hand', writes }),
				),
			];
		case 'nothing':
			return [];
	}
}

/** Starting what has not been started takes nothing from anybody, so it needs no locks (spec: planner I6). */
function planStart(current: ContainerView, spec: ServiceSpec, situation: Situation): readonly Draft[] {
	const { host } = situation.facts;
	const because =
		whyContested(situation) ?? whyPartsMissing(spec, situation) ?? whyDependenciesMissing(spec, situation);
	if (host.reboot === 'required' && because?.kind === 'dependency') {
		return []; // what it waits for may come with the reboot, and must not hold that up (spec: planner 7.2)
	}
	if (spec.requiresReboot && current.createdAt > host.bootedAt) {
		const changes = { serviceName: spec.identity.serviceName };
		return host.reboot === 'required'
			? []
			: [
					unlocked(
						propose(
							{ kind: 'markReboot', changes },
							{ reason: 'service starts with a reboot only', writes: ['host/reboot'], because },
						),
					),
				];
	}
	const afterCrash = describeCrash(current);
	const crash = afterCrash === undefined || afterCrash.wasWell ? undefined : whyCrashLoop(current, situation);
	return [
		unlocked(
			propose(
				{ ...containerStep('startContainer', current), ...(afterCrash === undefined ? {} : { afterCrash }) },
				{
					reason: current.runState === 'created' ? 'container not started yet' : 'container stopped',
					writes: [resources.service(current.appId, current.serviceName), ...contestedBy(spec.config)],
					reads: [
						SUPERVISOR_NETWORK_RESOURCE,
						...spec.networks.map((network) => resources.network(current.appId, network)),
					],
					because: because ?? crash,
				},
			),
		),
	];
}
