import type { ContainerView } from '../domain/service.ts';
import type { DeviceStatus } from '../domain/status.ts';
import { bit, type Sample, type Samples } from './sample.ts';

/** What a container has used since it started, and uses; what cannot be read is absent. */
export interface ContainerUsage {
	readonly cpuSeconds?: number;
	readonly memoryBytes?: number;
	readonly receivedBytes?: number;
	readonly transmittedBytes?: number;
	readonly blockReadBytes?: number;
	readonly blockWrittenBytes?: number;
}

/** A service that is wanted or has a container. */
interface ServiceSeen {
	readonly app: string;
	readonly service: string;
	/** Its newest; absent: it has none. */
	readonly container?: ContainerView;
}

/** As observed last, of the apps that the caller may see. */
export function listServices(
	status: DeviceStatus | undefined,
	covers: (appId: number) => boolean,
): readonly ServiceSeen[] {
	const found = new Map<string, ServiceSeen>();
	for (const target of status?.target?.apps ?? []) {
		if (target.state !== 'ready' || !covers(target.spec.appId)) continue;
		const { appUuid: app, services } = target.spec;
		for (const { identity } of services) {
			const service = identity.serviceName;
			found.set(`${app} ${service}`, { app, service });
		}
	}
	// Of what cannot be seen at present, nothing is said (decision D19).
	if (status?.unseen !== undefined) return [];
	for (const { appId, appUuid = String(appId), containers } of status?.current?.apps ?? []) {
		if (!covers(appId)) continue;
		for (const container of containers) {
			const { serviceName: service } = container;
			const key = `${appUuid} ${service}`;
			const other = found.get(key)?.container;
			if (other === undefined || other.createdAt < container.createdAt) {
				found.set(key, { app: appUuid, service, container });
			}
		}
	}
	return [...found.values()];
}

/** `usages` by container id. */
export function samplesOfServices(
	services: readonly ServiceSeen[],
	usages: ReadonlyMap<string, ContainerUsage>,
): Samples {
	const each = (valueOf: (container: ContainerView, usage: ContainerUsage) => number | undefined) =>
		services.flatMap(({ app, service, container }): readonly Sample[] => {
			const value = container && valueOf(container, usages.get(container.containerId) ?? {});
			return value === undefined ? [] : [{ labels: { app, service }, value }];
		});
	return {
		up: services.map(({ app, service, container }) => ({
			labels: { app, service },
			value: bit(container?.runState === 'running'),
		})),
		health: each(({ health }) =>
			health === 'healthy' || health === 'unhealthy' ? bit(health === 'healthy') : undefined,
		),
		restarts: each(({ restartCount }) => restartCount),
		exitCode: each(({ exitCode, runState }) => (ENDED.includes(runState) ? exitCode : undefined)),
		serviceCpu: each((_, { cpuSeconds }) => cpuSeconds),
		serviceMemory: each((_, { memoryBytes }) => memoryBytes),
		received: each((_, { receivedBytes }) => receivedBytes),
		transmitted: each((_, { transmittedBytes }) => transmittedBytes),
		blockRead: each((_, { blockReadBytes }) => blockReadBytes),
		blockWritten: each((_, { blockWrittenBytes }) => blockWrittenBytes),
	};
}

const ENDED: readonly string[] = ['exited', 'dead', 'restarting'];
