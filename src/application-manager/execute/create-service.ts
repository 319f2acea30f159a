import type { Creation } from '../../domain/step.ts';
import { EngineError } from '../../ports/engine.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { compareService, containerBody, readContainer } from '../compose/index.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { reportOutcome } from './report-outcome.ts';

/** Creates the container of a service and joins its networks; resolves to its id (spec: compose 3). */
export async function createService(creation: Creation, options: ExecutorOptions): Promise<string> {
	const { engine } = options;
	const { spec, name, owners, anonymousVolumes } = creation;
	const texts = {
		before: 'Installing service',
		after: 'Installed service',
		failed: 'Failed to install service',
		object: `${spec.identity.serviceName} ${spec.config.image}`,
	};
	return reportOutcome(options, texts, async () => {
		const body = containerBody(spec, {
			deviceName: await options.deviceName(),
			containerIds: new Map(Object.entries(owners)),
			anonymousVolumes: new Map(Object.entries(anonymousVolumes)),
			name,
		});
		if (!body.ok) {
			throw new OperationalError('container-body', body.message);
		}
		const containerId = await createOrAdopt(body.body, creation, options);
		await Promise.all(
			body.extraNetworks.map(({ network, endpoint }) => engine.connectNetwork({ network, containerId, endpoint })),
		);
		return containerId;
	});
}

/** If a container of that name equals the target, a crash kept the supervisor from noticing that it was created. */
async function createOrAdopt(
	body: object,
	{ spec, name, owners }: Creation,
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
		const differences = view?.ok === true ? compareService(view.value, spec, new Map(Object.entries(owners))) : [];
		if (view?.ok !== true || differences.length > 0) {
			throw error;
		}
		return view.value.containerId;
	}
}
