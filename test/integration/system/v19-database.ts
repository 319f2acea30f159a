import { RawDatabase } from '../../unit/adapters/sqlite/raw-database.ts';
import { normalised, type V19Images } from './v19-images.ts';
import { RELEASE, sectionsOf, type V19App } from './v19-vectors.ts';

export interface V19Tables {
	readonly path: string;
	readonly apiEndpoint: string;
	readonly deviceName: string;
	/** Configuration variables of the target, without prefixes. */
	readonly variables: Readonly<Record<string, string>>;
	/** Of the API, for the cloud. */
	readonly globalKey: string;
	readonly serviceKey: string;
	readonly images: Pick<V19Images, 'idOf'>;
}

/** The file as version 19 leaves it: of all apps, settled on their releases. */
export async function writeV19Database(tables: V19Tables, apps: readonly V19App[]): Promise<void> {
	const database = new RawDatabase(tables.path);
	await database.execFixture('v19');
	const { apiEndpoint, deviceName, variables, globalKey } = tables;
	const settings = {
		localMode: 'false',
		targetStateSet: 'true',
		name: deviceName,
		initialConfigSaved: 'true',
		initialConfigReported: apiEndpoint,
		delta: 'true',
		deltaVersion: '3',
		firewallMode: 'off',
	};
	await database.exec(
		[
			...['app', 'image', 'currentCommit', 'apiSecret', 'config'].map((table) => `delete from \`${table}\``),
			...Object.entries(settings).map(([key, value]) => insert('config', { key, value })),
			`update deviceConfig set targetValues = ${quote(JSON.stringify(variables))}`,
			`update logsChannelSecret set backend = ${quote(apiEndpoint)}`,
			insert('apiSecret', { appId: 0, key: globalKey, scopes: '[{"type":"global"}]', serviceName: null }),
		].join(';\n'),
	);
	await addV19Apps(tables, apps);
}

export async function addV19Apps(tables: V19Tables, apps: readonly V19App[]): Promise<void> {
	const rows = apps.flatMap((app) => [
		insert('app', appRow(app, tables.apiEndpoint)),
		insert('currentCommit', { appId: app.appId, commit: RELEASE.commit }),
		...imageRows(app, tables),
		...keyRows(app, tables),
	]);
	await new RawDatabase(tables.path).exec(rows.join(';\n'));
}

type Row = Readonly<Record<string, string | number | null>>;

function appRow({ appId, appUuid, services, networks, volumes }: V19App, source: string): Row {
	const list = services.map(({ serviceName, target: { id, image_id: imageId, image, ...service } }) => ({
		image: normalised(image),
		running: true,
		composition: {},
		...service,
		...{ appId, appUuid, releaseId: RELEASE.id, commit: RELEASE.commit, imageId, serviceId: id, serviceName },
	}));
	return {
		name: 'vector-app',
		releaseId: RELEASE.id,
		commit: RELEASE.commit,
		appId,
		services: JSON.stringify(list),
		networks: JSON.stringify(sectionsOf(networks)),
		volumes: JSON.stringify(sectionsOf(volumes)),
		source,
		uuid: appUuid,
		class: 'fleet',
		isHost: 0,
		rejected: 0,
	};
}

function imageRows({ appId, appUuid, services }: V19App, { images }: V19Tables): readonly string[] {
	return services.map(({ serviceName, target }) =>
		insert('image', {
			name: normalised(target.image),
			appId,
			serviceId: target.id,
			serviceName,
			imageId: target.image_id,
			releaseId: RELEASE.id,
			dockerImageId: images.idOf(target.image),
			appUuid,
			commit: RELEASE.commit,
		}),
	);
}

/** For every service that was given one. */
function keyRows({ appId, services }: V19App, { serviceKey }: V19Tables): readonly string[] {
	return services
		.filter(({ body }) => JSON.stringify(body).includes(serviceKey))
		.map(({ serviceName }) =>
			insert('apiSecret', { appId, key: serviceKey, scopes: JSON.stringify([{ type: 'app', appId }]), serviceName }),
		);
}

function insert(table: string, row: Row): string {
	const columns = Object.keys(row).map((column) => `\`${column}\``);
	return `insert into \`${table}\` (${columns.join()}) values (${Object.values(row).map(quote).join()})`;
}

function quote(value: string | number | null): string {
	return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
