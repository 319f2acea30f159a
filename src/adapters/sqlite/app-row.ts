import type { AppClass, TargetApp, TargetRelease, TargetService } from '../../domain/target.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';

/** Table `app`, as far as its columns have a meaning: its row number has none. */
export interface AppRow {
	readonly name: string | null;
	readonly releaseId: number | null;
	readonly commit: string | null;
	readonly appId: number;
	readonly services: string | null;
	readonly networks: string | null;
	readonly volumes: string | null;
	readonly source: string | null;
	readonly uuid: string | null;
	readonly class: string | null;
	readonly isHost: number | null;
	readonly rejected: number | null;
}

const APP_COLUMNS = [
	'name',
	'releaseId',
	'commit',
	'appId',
	'services',
	'networks',
	'volumes',
	'source',
	'uuid',
	'class',
	'isHost',
	'rejected',
] as const satisfies readonly (keyof AppRow)[];

/** The texts of two rows are equal exactly when their columns are. */
export function textOfAppRow(row: AppRow): string {
	return JSON.stringify(APP_COLUMNS.map((column) => row[column]));
}

export function toAppRow(app: TargetApp, source: string): AppRow {
	const { release } = app;
	return {
		name: app.appName,
		releaseId: release?.releaseId ?? null,
		commit: release?.commit ?? null,
		appId: app.appId,
		services: JSON.stringify(release === undefined ? [] : toServiceRows(app, release)),
		networks: JSON.stringify(release?.networks ?? {}),
		volumes: JSON.stringify(release?.volumes ?? {}),
		source,
		uuid: app.appUuid,
		class: app.class,
		isHost: app.isHost ? 1 : 0,
		rejected: app.rejected ? 1 : 0,
	};
}

/** Property order as the predecessor writes it. */
function toServiceRows(app: TargetApp, release: TargetRelease): readonly object[] {
	return Object.entries(release.services).map(([serviceName, service]) => ({
		image: service.image,
		environment: service.environment,
		labels: service.labels,
		composition: service.composition,
		...(service.contract === undefined ? {} : { contract: service.contract }),
		running: service.running,
		appId: app.appId,
		appUuid: app.appUuid,
		releaseId: release.releaseId,
		commit: release.commit,
		imageId: service.imageId,
		serviceId: service.serviceId,
		serviceName,
	}));
}

/** Throws if a column has a value that the supervisor did not write: the message names the column. */
export function toTargetApp(row: AppRow): TargetApp {
	const hasRelease = row.releaseId !== null || row.commit !== null;
	return {
		appId: row.appId,
		appUuid: row.uuid ?? String(row.appId), // rows of single-container releases have none until they are normalised
		appName: row.name ?? '',
		class: toAppClass(row.class),
		isHost: row.isHost === 1,
		rejected: row.rejected === 1,
		...(hasRelease && {
			release: {
				releaseId: row.releaseId ?? 0,
				commit: row.commit ?? '',
				services: parseServices(row.services),
				networks: parseObject(row.networks, 'app.networks'),
				volumes: parseObject(row.volumes, 'app.volumes'),
			},
		}),
	};
}

export class ColumnError extends Error {
	readonly column: string;

	constructor(column: string, message: string) {
		super(message);
		this.column = column;
	}
}

function parseColumn(text: string | null, column: string): unknown {
	try {
		return JSON.parse(String(text));
	} catch (error) {
		throw new ColumnError(column, error instanceof Error ? error.message : String(error));
	}
}

export function parseObject(text: string | null, column: string): Readonly<Record<string, unknown>> {
	const value = text === null ? {} : parseColumn(text, column);
	if (!isPlainObject(value)) {
		throw new ColumnError(column, 'not a JSON object');
	}
	return value;
}

function parseServices(text: string | null): Readonly<Record<string, TargetService>> {
	const list = text === null ? [] : parseColumn(text, 'app.services');
	if (!Array.isArray(list)) {
		throw new ColumnError('app.services', 'not a JSON list');
	}
	return Object.fromEntries(
		list.map((entry: unknown) => {
			if (!isPlainObject(entry) || typeof entry['serviceName'] !== 'string' || typeof entry['image'] !== 'string') {
				throw new ColumnError('app.services', 'a service without name or image');
			}
			return [entry['serviceName'], toService(entry, entry['image'])];
		}),
	);
}

function toService(entry: Readonly<Record<string, unknown>>, image: string): TargetService {
	const { contract, composition } = entry;
	return {
		serviceId: Number(entry['serviceId'] ?? 0),
		imageId: Number(entry['imageId'] ?? 0),
		image,
		running: entry['running'] !== false,
		environment: toTexts(entry['environment']),
		labels: toTexts(entry['labels']),
		...(contract === undefined ? {} : { contract }),
		composition: isPlainObject(composition) ? composition : legacyComposition(entry),
	};
}

/** Rows that a migration made of single-container apps hold the compose fields in the service itself. */
function legacyComposition(entry: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
	const fields = { ...entry, network_mode: entry['networkMode'] };
	const present = Object.entries(fields).filter(([name, value]) => LEGACY_FIELDS.has(name) && value !== undefined);
	return Object.fromEntries(present);
}

const LEGACY_FIELDS: ReadonlySet<string> = new Set(['privileged', 'network_mode', 'volumes', 'restart']);

function toTexts(value: unknown): Readonly<Record<string, string>> {
	return isPlainObject(value)
		? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
		: {};
}

function toAppClass(value: string | null): AppClass {
	return value === 'app' || value === 'block' ? value : 'fleet';
}
