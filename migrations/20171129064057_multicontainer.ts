import type { Knex } from 'knex';

/** From one container per app to releases of several services. */
export async function up(db: Knex): Promise<void> {
	await db.raw(
		'CREATE TABLE `image` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `name` varchar(255), `appId` integer, ' +
			'`serviceId` integer, `serviceName` varchar(255), `imageId` integer, `releaseId` integer, `dependent` boolean)',
	);
	const apps: readonly OldApp[] = await db('app').select('*');
	await db.raw('DROP TABLE `app`');
	await db.raw(
		'CREATE TABLE `app` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `name` varchar(255), `releaseId` integer, ' +
			'`commit` varchar(255), `appId` integer, `services` json, `networks` json, `volumes` json)',
	);
	const kept = apps.filter(({ markedForDeletion }) => !isTrue(markedForDeletion));
	for (const app of kept) {
		await insertApp(db, app);
	}
	if (kept.length > 0) {
		await writeSetting(db, 'legacyAppsPresent', 'true');
	}
	await moveDeviceValues(db);
	// The dependent tables stay as they are until M00010 drops them, in the same transaction.
}

interface OldApp {
	readonly name: string | null;
	readonly commit: string | null;
	readonly appId: string | number | null;
	readonly imageId: string | null;
	readonly env: string | null;
	readonly config: string | null;
	readonly markedForDeletion: unknown;
}

async function insertApp(db: Knex, app: OldApp): Promise<void> {
	const parsedId = Number.parseInt(String(app.appId), 10);
	const appId = Number.isNaN(parsedId) ? null : parsedId;
	await db('app').insert({
		name: app.name,
		releaseId: 1,
		commit: app.commit,
		appId,
		services: JSON.stringify([toService(app, appId)]),
		networks: '{}',
		volumes: '{"resin-data":{}}',
	});
	await db('image').insert({
		name: app.imageId,
		appId,
		serviceId: 1,
		serviceName: 'main',
		imageId: 1,
		releaseId: 1,
		dependent: 0,
	});
}

function toService(app: OldApp, appId: number | null): object {
	const config = parseObject(app.config);
	const environment = Object.entries(parseObject(app.env)).filter(([name]) => !name.startsWith('RESIN_'));
	return {
		serviceId: 1,
		serviceName: 'main',
		imageId: 1,
		releaseId: 1,
		commit: app.commit,
		appId,
		image: app.imageId,
		privileged: true,
		networkMode: 'host',
		volumes: ['resin-data:/data'],
		restart: config['RESIN_APP_RESTART_POLICY'] ?? 'always',
		running: true,
		environment: Object.fromEntries(environment),
		labels: {
			'io.resin.features.kernel-modules': '1',
			'io.resin.features.firmware': '1',
			'io.resin.features.dbus': '1',
			'io.resin.features.supervisor-api': '1',
			'io.resin.features.resin-api': '1',
			'io.resin.update.strategy': config['RESIN_SUPERVISOR_UPDATE_STRATEGY'] ?? 'download-then-kill',
			'io.resin.update.handover-timeout': config['RESIN_SUPERVISOR_HANDOVER_TIMEOUT'] ?? '',
			'io.resin.legacy-container': '1',
		},
	};
}

/** Settings that the device used to keep among its configuration values. */
const SETTING_OF_VALUE: Readonly<Record<string, string>> = {
	RESIN_SUPERVISOR_POLL_INTERVAL: 'appUpdatePollInterval',
	RESIN_SUPERVISOR_LOCAL_MODE: 'localMode',
	RESIN_SUPERVISOR_CONNECTIVITY_CHECK: 'connectivityCheckEnabled',
	RESIN_SUPERVISOR_LOG_CONTROL: 'loggingEnabled',
	RESIN_SUPERVISOR_DELTA: 'delta',
	RESIN_SUPERVISOR_DELTA_REQUEST_TIMEOUT: 'deltaRequestTimeout',
	RESIN_SUPERVISOR_DELTA_APPLY_TIMEOUT: 'deltaApplyTimeout',
	RESIN_SUPERVISOR_DELTA_RETRY_COUNT: 'deltaRetryCount',
	RESIN_SUPERVISOR_DELTA_RETRY_INTERVAL: 'deltaRetryInterval',
	RESIN_SUPERVISOR_OVERRIDE_LOCK: 'lockOverride',
};

async function moveDeviceValues(db: Knex): Promise<void> {
	const row: { readonly values?: string | null } | undefined = await db<{ readonly values?: string | null }>(
		'deviceConfig',
	).first();
	const values = parseObject(row?.values ?? null);
	for (const [name, key] of Object.entries(SETTING_OF_VALUE)) {
		const value = values[name];
		if (value != null) {
			await writeSetting(db, key, typeof value === 'string' ? value : JSON.stringify(value));
		}
	}
	await db.raw('DROP TABLE `deviceConfig`');
	await db.raw('CREATE TABLE `deviceConfig` (`targetValues` json)');
	await db.raw("INSERT INTO `deviceConfig` (`targetValues`) VALUES ('{}')");
}

async function writeSetting(db: Knex, key: string, value: string): Promise<void> {
	if ((await db('config').where({ key }).update({ value })) === 0) {
		await db('config').insert({ key, value });
	}
}

/** What does not parse counts as empty. */
function parseObject(text: string | null): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(text ?? '{}');
		// An object that came out of JSON.parse.
		return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
	} catch {
		return {};
	}
}

function isTrue(value: unknown): boolean {
	return value === 1 || value === true || value === '1' || value === 'true';
}
