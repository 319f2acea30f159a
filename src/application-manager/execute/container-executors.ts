import type { ServiceSpec } from '../../domain/service.ts';
import type { StepOf } from '../../domain/step.ts';
import { EngineError } from '../../ports/engine.ts';
import type { Executors } from '../../ports/executors.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { compareService, containerBody, readContainer } from '../compose/index.ts';
import { newestByService } from '../planner/plan-services.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { reportOutcome } from './report-outcome.ts';

type ContainerSteps = 'createContainer' | 'startContainer' | 'stopContainer' | 'removeContainer' | 'renameContainer';

/** Containers are found again by name and labels; "already so" and "gone" are success (spec: compose 3, planner 10). */
export function containerExecutors(options: ExecutorOptions): Pick<Executors, ContainerSteps> {
	const { engine, systemLog } = options;
	return {
		createContainer: (step) => createContainer(step, options),
		startContainer: (step) => startContainer(step, options),
		stopContainer: async (step) => {
			await stop(step, options);
		},
		removeContainer: async (step) => {
			await stop(step, options);
			await engine.removeContainer(step.containerId);
		},
		renameContainer: async (step) => {
			await reportOutcome(systemLog, { failed: 'Failed to update service', object: objectOf(step) }, () =>
				engine.renameContainer(step.containerId, step.name),
			);
		},
	};
}

async function createContainer(
	{ spec, serviceName }: StepOf<'createContainer'>,
	options: ExecutorOptions,
): Promise<void> {
	const { engine, systemLog } = options;
	const texts = {
		before: 'Installing service',
		after: 'Installed service',
		failed: 'Failed to install service',
		object: `${serviceName} ${spec.config.image}`,
	};
	await reportOutcome(systemLog, texts, async () => {
		const containerIds = await containerIdsOf(spec.identity.appId, options);
		const deviceName = await options.deviceName();
		const body = containerBody(spec, { deviceName, containerIds });
		if (!body.ok) {
			throw new OperationalError('container-body', body.message, { retry: 'later' });
		}
		const containerId = await createOrAdopt(body.name, body.body, spec, options);
		await Promise.all(
			body.extraNetworks.map(({ network, endpoint }) => engine.connectNetwork({ network, containerId, endpoint })),
		);
	});
}

/** A container of that name that is just what we want is the one that a crash kept us from noticing. */
async function createOrAdopt(
	name: string,
	body: object,
	spec: ServiceSpec,
	{ engine }: ExecutorOptions,
): Promise<string> {
	try {
		return await engine.createContainer({ name, body });
	} catch (error) {
		if (!(error instanceof EngineError) || error.code !== 'engine-conflict') {
			throw error;
		}
		const there = (await engine.listContainers()).find((container) => container.Name === `/${name}`);
		const view = there === undefined ? undefined : readContainer(there);
		if (view?.ok !== true || compareService(view.value, spec, new Map()).length > 0) {
			throw error;
		}
		return view.value.containerId;
	}
}

/** Containers of the app by service: `network_mode: service:db` needs the id of db's. */
async function containerIdsOf(appId: number, { engine }: ExecutorOptions): Promise<ReadonlyMap<string, string>> {
	const views = (await engine.listContainers()).map(readContainer).flatMap((view) => (view.ok ? [view.value] : []));
	const { newest } = newestByService(views.filter((view) => view.appId === appId));
	return new Map([...newest].map(([serviceName, { containerId }]) => [serviceName, containerId]));
}

async function startContainer(step: StepOf<'startContainer'>, { engine, systemLog }: ExecutorOptions): Promise<void> {
	const object = objectOf(step);
	const texts = { before: 'Starting service', failed: 'Failed to start service', object };
	const outcome = await reportOutcome(systemLog, texts, () => engine.startContainer(step.containerId));
	if (outcome === 'done') {
		systemLog.write(`Started service '${object}'`);
	}
}

async function stop(
	step: StepOf<'stopContainer'> | StepOf<'removeContainer'>,
	{ engine, systemLog }: ExecutorOptions,
): Promise<void> {
	const object = objectOf(step);
	const texts = { before: 'Killing service', failed: 'Failed to kill service', object };
	const outcome = await reportOutcome(systemLog, texts, () => engine.stopContainer(step.containerId));
	if (outcome === 'already') {
		systemLog.write(`Service is already stopped, removing container '${object}'`);
	}
	if (outcome === 'gone') {
		systemLog.write(`Service is already stopped and the container removed '${object}'`);
	}
	systemLog.write(`Killed service '${object}'`);
}

function objectOf(step: { readonly serviceName: string; readonly image: string }): string {
	return `${step.serviceName} ${step.image}`;
}
