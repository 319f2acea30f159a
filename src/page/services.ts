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

/** A service whose log can be followed. */
export interface LogSource {
	readonly id: string;
	readonly label: string;
	readonly app: string;
	readonly service: string;
	readonly containers: readonly string[];
}

/** With the name of the app only where there are several. */
export function listLogSources(apps: Readonly<Record<string, App>>): readonly LogSource[] {
	const all = Object.entries(apps).flatMap(([uuid, app]) =>
		listServices(app).map((row) => ({ ...row, id: `${uuid}/${row.name}`, uuid, app })),
	);
	const isOneApp = all.every(({ uuid }) => uuid === all[0]?.uuid);
	// Of a service with two containers there are two rows.
	const first = all.filter((row) => all.find(({ id }) => id === row.id) === row);
	return first.map(({ id, uuid, app, name }) => ({
		...{ id, app: uuid, service: name },
		label: isOneApp ? name : `${app.name}: ${name}`,
		containers: all.flatMap((row) => (row.id === id && row.service.container ? [row.service.container.id] : [])),
	}));
}
