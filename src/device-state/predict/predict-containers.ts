import type { TargetState } from '../../domain/target.ts';
import { containerNameOf, isUp, type ContainerView, type ServiceSpec } from '../../domain/service.ts';
import type { Creation, LeftVolumes, StepOf } from '../../domain/step.ts';
import { NO_PATH } from '../../domain/engine-objects.ts';
import { changeApp, changeContainer, findContainer, makeNext, withCurrent, type Predicted } from './predicted.ts';

type ContainerSteps = StepOf<
	| 'createContainer'
	| 'startContainer'
	| 'unpauseContainer'
	| 'stopContainer'
	| 'restartContainer'
	| 'removeContainer'
	| 'renameContainer'
	| 'handOver'
	| 'finishHandOver'
>;

/** What a step of a container does, if it succeeds: started services become healthy, and jobs complete. */
export function predictContainer(step: ContainerSteps, state: Predicted, target: TargetState): Predicted {
	switch (step.kind) {
		case 'createContainer':
			return create(step.appId, step, state).state;
		case 'startContainer':
		case 'restartContainer':
			return start(step, state, target);
		case 'unpauseContainer':
			return changeContainer(state, step, { runState: 'running' });
		case 'stopContainer':
			return stop(step, state);
		case 'removeContainer':
		case 'finishHandOver':
			return remove(step, state);
		case 'renameContainer':
			return changeContainer(state, step, { name: step.name, ...releaseOf(step.name, target) });
		case 'handOver': {
			const { appId, oldName } = step;
			const old = findContainer(state, step);
			const aside = changeContainer(state, step, {
				...(oldName === undefined ? {} : { name: oldName }),
				...(old === undefined ? {} : { config: { ...old.config, restart: '' } }),
			});
			const { state: made, containerId } = create(appId, step.creation, aside);
			return start({ appId, containerId }, made, target);
		}
	}
}

function create(
	appId: number,
	creation: Creation,
	before: Predicted,
): { readonly state: Predicted; readonly containerId: string } {
	const app = before.current.apps.find((each) => each.appId === appId);
	const there = app?.containers.find(({ name }) => name === creation.name);
	if (there !== undefined) {
		return { state: before, containerId: there.containerId }; // made before a crash
	}
	const { state, n, at } = makeNext(before);
	const containerId = `predicted-${n}`;
	const container = viewOf(creation, { containerId, at });
	return {
		state: changeApp(state, appId, (each) => ({ ...each, containers: [...each.containers, container] })),
		containerId,
	};
}

function viewOf(
	{ spec, name, owners, anonymousVolumes }: Creation,
	{ containerId, at }: { readonly containerId: string; readonly at: string },
): ContainerView {
	const { identity, engineImageId, config, networks, volumes } = spec;
	const { appId, appUuid, serviceName, serviceId, imageId, releaseId, commit } = identity;
	return {
		...{ containerId, name, appId, appUuid, serviceName, serviceId, imageId, releaseId, commit },
		createdAt: at,
		runState: 'created',
		exitCode: 0,
		restartCount: 0,
		stateError: '',
		engineImageId: engineImageId ?? config.image,
		config: { ...config, ...ownerNamespaces(spec, owners) },
		networks,
		volumes,
		anonymousVolumes,
	};
}

/** The engine shows whose namespace it is by the id of the container. */
function ownerNamespaces({ config }: ServiceSpec, owners: Creation['owners']): Partial<ContainerView['config']> {
	const resolve = (mode: string) => {
		const owner = /^service:(.+)$/.exec(mode)?.[1];
		return owner === undefined ? mode : `container:${owners[owner] ?? ''}`;
	};
	const { networkMode, pid, ipc } = config;
	return { networkMode: resolve(networkMode), pid: resolve(pid), ipc: resolve(ipc) };
}

/** A name says which release the container is of. */
function releaseOf(name: string, { apps }: TargetState): Partial<ContainerView> {
	const services = apps.flatMap((app) => (app.state === 'ready' ? app.spec.services : []));
	const identity = services.find((service) => containerNameOf(service.identity) === name)?.identity;
	return identity === undefined
		? {}
		: { imageId: identity.imageId, releaseId: identity.releaseId, commit: identity.commit };
}

function start(
	place: { readonly appId: number; readonly containerId: string },
	before: Predicted,
	target: TargetState,
): Predicted {
	const { state, at } = makeNext(before);
	const container = findContainer(state, place);
	if (container === undefined) {
		return state;
	}
	const begun = { startedAt: at, exitCode: 0, stateError: '' };
	if (isJob(container, target)) {
		const { completed } = state.current;
		const ended = changeContainer(state, place, { ...begun, runState: 'exited', finishedAt: at });
		return withCurrent(ended, { completed: new Set([...completed, place.containerId]) });
	}
	const health = hasHealthcheck(container) ? { health: 'healthy' } : {};
	return changeContainer(state, place, { ...begun, runState: 'running', ...health });
}

/** Another service waits until it has completed. */
function isJob({ appId, serviceName }: ContainerView, { apps }: TargetState): boolean {
	return apps.some(
		(app) =>
			app.appId === appId &&
			app.state === 'ready' &&
			app.spec.services.some(({ dependsOn }) =>
				dependsOn.some((each) => each.service === serviceName && each.condition === 'service_completed_successfully'),
			),
	);
}

function hasHealthcheck({ config: { healthcheck } }: ContainerView): boolean {
	return healthcheck.test.length > 0 && healthcheck.test[0] !== 'NONE';
}

function stop(place: { readonly appId: number; readonly containerId: string }, before: Predicted): Predicted {
	const { state, at } = makeNext(before);
	const container = findContainer(state, place);
	return container !== undefined && isUp(container)
		? changeContainer(state, place, { runState: 'exited', finishedAt: at })
		: state;
}

function remove(
	{
		appId,
		containerId,
		serviceName,
		volumes,
	}: {
		readonly appId: number;
		readonly containerId: string;
		readonly serviceName: string;
		readonly volumes: LeftVolumes;
	},
	state: Predicted,
): Predicted {
	const left = [...Object.entries(volumes.keep), ...volumes.drop.map((name) => [NO_PATH, name] as const)];
	const names = new Set(left.map(([, name]) => name));
	const gone = changeApp(state, appId, (app) => ({
		...app,
		containers: app.containers.filter((container) => container.containerId !== containerId),
	}));
	return withCurrent(gone, {
		keptVolumes: [
			...state.current.keptVolumes.filter(({ name }) => !names.has(name)),
			...left.map(([path, name]) => ({ name, appId, serviceName, path })),
		],
	});
}
