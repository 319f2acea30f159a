import type { App, Service } from './answers.ts';

export interface ServiceRow {
	readonly name: string;
	readonly release: string;
	readonly service: Service;
}

/** By name. Of a service that is being replaced, the one that is there: the next one shows when it is made. */
export function listServices(app: App): readonly ServiceRow[] {
	const rows = Object.entries(app.releases).flatMap(([release, { services }]) =>
		Object.entries(services).map(([name, service]): ServiceRow => ({ name, release, service })),
	);
	const present = new Set(rows.filter(isPresent).map(({ name }) => name));
	return rows
		.filter((row) => isPresent(row) || !present.has(row.name))
		.sort((one, other) => one.name.localeCompare(other.name));
}

function isPresent({ service }: ServiceRow): boolean {
	return service.container !== null;
}

const PORTS_SHOWN = 20;

/** Those that the host publishes. A port that the engine chooses is not known here. */
export function portsOf({ config }: Service): readonly { readonly port: number; readonly protocol: string }[] {
	return (config.port_maps ?? [])
		.filter(({ externalStart }) => externalStart > 0)
		.flatMap(({ externalStart, externalEnd, protocol }) =>
			Array.from({ length: Math.min(PORTS_SHOWN, externalEnd - externalStart + 1) }, (_, index) => ({
				port: externalStart + index,
				protocol,
			})),
		)
		.slice(0, PORTS_SHOWN);
}
