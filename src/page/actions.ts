import type { App, Device, Service } from './answers.ts';

/** Something that the page can ask of the device. */
export interface Action {
	readonly label: string;
	readonly path: string;
	readonly body: Readonly<Record<string, unknown>>;
	/** What stops or is lost; absent where nothing does, and then it is done at once. */
	readonly question?: string;
	/** It can be done although an app has locked updates. */
	readonly canForce: boolean;
	/** Not possible in the present state. */
	readonly isOff?: boolean;
}

/**
 * A service that has stopped can only be started, one that runs can be restarted and stopped (spec: device-api 5.3). All
 * three are always there: a button that takes the place of another one would be hit by mistake.
 */
export function serviceActions(appId: number, serviceName: string, service: Service): readonly Action[] {
	const isRunning = service.container !== null && service.exit_code === null && service.started !== null;
	const isStopped = service.container !== null && !isRunning;
	const act = (verb: string) => ({ path: `/v2/applications/${appId}/${verb}-service`, body: { serviceName } });
	return [
		{
			...{ label: `Restart ${serviceName}`, ...act('restart'), canForce: true, isOff: !isRunning },
			question: `${serviceName} stops and starts again. What it keeps only in memory or in its container is lost.`,
		},
		{
			...{ label: `Stop ${serviceName}`, ...act('stop'), canForce: true, isOff: !isRunning },
			question: `${serviceName} stops, and stays so until a user starts it or an update replaces it.`,
		},
		{ label: `Start ${serviceName}`, ...act('start'), canForce: false, isOff: !isStopped },
	];
}

export function appActions({ id, name }: App): readonly Action[] {
	const act = (verb: string) => ({ path: `/v2/applications/${id}/${verb}`, body: {}, canForce: true });
	return [
		{
			...{ label: `Restart app ${name}`, ...act('restart') },
			question: `All services of ${name} stop and start again in new containers. Their volumes stay.`,
		},
		{
			...{ label: `Purge app ${name}`, ...act('purge') },
			question: `All data in the volumes of ${name} is removed for good, and its services start again with empty volumes.`,
		},
	];
}

/** Only what this host can do. */
export function deviceActions({ cloud, capabilities }: Device): readonly Action[] {
	const canReboot = capabilities.some(({ name, available }) => name === 'reboot' && available);
	return [
		...(cloud.endpoint === null ? [] : [UPDATE]),
		...(canReboot
			? [
					power('Reboot', 'reboot', 'All services stop, and start again when the device is up.'),
					power('Shut down', 'shutdown', 'All services stop. A person at the device has to switch it on again.'),
				]
			: []),
	];
}

const UPDATE: Action = {
	label: 'Update now',
	path: '/v1/update',
	body: {},
	canForce: true,
	question: 'The device asks its cloud for its target and applies it. Services of another release are replaced.',
};

function power(label: string, verb: string, question: string): Action {
	return { label, path: `/v1/${verb}`, body: {}, question, canForce: true };
}
