import type { ContainerView } from '../../domain/service.ts';
import type { AppSpec } from '../../domain/target.ts';

const LEGACY = 'io.balena.legacy-container';
const SERVICE_ID = 'io.balena.service-id';

/**
 * The only container of an app from before there were services. Its release does not know the ids that the conversion
 * gave it, so the target takes over those of the container, and it is not restarted (spec: compose 10.4).
 */
export function adoptLegacy(target: AppSpec, containers: readonly ContainerView[]): AppSpec {
	const [service, ...otherServices] = target.services;
	const [container, ...otherContainers] = containers;
	if (service === undefined || container === undefined || otherServices.length > 0 || otherContainers.length > 0) {
		return target;
	}
	const { [LEGACY]: legacy, [SERVICE_ID]: serviceId } = container.config.labels;
	if (service.identity.serviceName !== container.serviceName || legacy === undefined || legacy === '') {
		return target;
	}
	const labels = {
		...service.config.labels,
		[LEGACY]: legacy,
		...(serviceId === undefined ? {} : { [SERVICE_ID]: serviceId }),
	};
	return {
		...target,
		services: [
			{
				...service,
				identity: { ...service.identity, serviceId: container.serviceId },
				config: { ...service.config, labels },
			},
		],
	};
}
