import type { ContainerInspection } from '../ports/engine.ts';

/** The service that a container's lines belong to. */
export interface LoggedService {
	readonly serviceId: number;
	readonly serviceName: string;
	readonly level: 'none' | 'errors' | 'all';
	/** `undefined`: its container was made before apps had one. */
	readonly appId: number | undefined;
	readonly appUuid: string | undefined;
}

const LEVEL_VARIABLE = 'BALENA_LOGS_LEVEL=';

/** `undefined`: not a container of ours, or without the number that the cloud requires. */
export function readService({ Config }: ContainerInspection): LoggedService | undefined {
	const label = (name: string) => Config.Labels?.[`io.balena.${name}`] ?? Config.Labels?.[`io.resin.${name}`];
	const id = label('service-id') ?? '';
	const serviceName = label('service-name');
	if (label('supervised') === undefined || !/^\d+$/.test(id) || serviceName === undefined) {
		return undefined;
	}
	const appId = label('app-id') ?? '';
	return {
		...{ serviceId: Number(id), serviceName, level: readLevel(Config['Env']) },
		...{ appId: /^\d+$/.test(appId) ? Number(appId) : undefined, appUuid: label('app-uuid') },
	};
}

function readLevel(environment: unknown): LoggedService['level'] {
	const variables: readonly unknown[] = Array.isArray(environment) ? environment : [];
	const variable = variables.find(
		(text): text is string => typeof text === 'string' && text.startsWith(LEVEL_VARIABLE),
	);
	switch (variable?.slice(LEVEL_VARIABLE.length)) {
		case 'none':
			return 'none';
		case 'err':
		case 'error':
			return 'errors';
		default:
			return 'all';
	}
}

/** The engine writes its lines into the journal. */
export function isInJournal(container: ContainerInspection): boolean {
	return readDriver(container) === 'journald';
}

/** The engine returns its log. */
export function keepsLog(container: ContainerInspection): boolean {
	return readDriver(container) !== 'none';
}

function readDriver({ HostConfig }: ContainerInspection): unknown {
	const logging = HostConfig['LogConfig'];
	return typeof logging === 'object' && logging !== null && 'Type' in logging ? logging.Type : undefined;
}
