import type { ServiceSpec } from '../../domain/service.ts';
import { EngineError } from '../../ports/engine.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { compareService, containerBody, readContainer } from '../compose/index.ts';
import { newestByService } from '../planner/service-pairs.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { reportOutcome } from './report-outcome.ts';

/** Creates the container of a service and joins its networks; resolves to its id (spec: compose 3). */
export async function createService(spec: ServiceSpec, options: ExecutorOptions): Promise<string> {
	const { engine, systemLog, failures } = options;
	const texts = {
		before: 'Installing service',
		after: 'Installed service',
		failed: 'Failed to install service',
		object: `${spec.identity.serviceName} ${spec.config.image}`,
		failures,
	};
	return reportOutcome(systemLog, texts, async () => {
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
		return containerId;
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
