import { join } from 'node:path';
import { openDatabase, type Database } from '../../../src/adapters/sqlite/index.ts';
import type { TargetApp, TargetDocument } from '../../../src/domain/target.ts';
import { silentLog } from '../logs.ts';

const SOURCE = 'cloud';
const APPS = 3;

export function openTargets(database: Database) {
	return database.targetStore({
		readSource: () => Promise.resolve(SOURCE),
		onSourceChange: () => () => undefined,
		settingsWritten: () => Promise.resolve(),
		normalise: (config) => config,
		dump: () => Promise.resolve(),
	});
}

export function openAt(folder: string): Promise<Database> {
	return openDatabase({ path: join(folder, 'database.sqlite'), log: silentLog });
}

/** Name, variables and apps all carry the number. */
export function targetOf(n: number): TargetDocument {
	return {
		name: `target ${n}`,
		config: { SUPERVISOR_POLL_INTERVAL: String(n) },
		apps: Array.from({ length: APPS }, (_, index) => appOf(index + 1, n)),
	};
}

function appOf(appId: number, n: number): TargetApp {
	const service = {
		running: true,
		serviceId: 1,
		imageId: n,
		image: `image:${n}`,
		environment: { TEXT: 'x'.repeat(3000) },
	};
	return {
		appId,
		appUuid: `a${appId}`,
		appName: `app ${n}`,
		class: 'fleet',
		isHost: false,
		rejected: false,
		release: {
			releaseId: n,
			commit: `c${n}`,
			services: { web: { ...service, labels: {}, composition: {} } },
			networks: {},
			volumes: {},
		},
	};
}

/** Replaces the target without end, until the power is cut at a moment of its own, inside SQLite too. */
export async function keepReplacing(folder: string, options: { readonly killAfterMs: number }): Promise<void> {
	const database = await openAt(folder);
	const targets = openTargets(database);
	setTimeout(() => process.kill(process.pid, 'SIGKILL'), options.killAfterMs);
	for (let n = 1; ; n += 1) {
		await targets.replace(targetOf(n), SOURCE);
		await database.settings.write(
			new Map([
				['initialConfigReported', String(n)],
				['reportedTags', `{"n":"${n}"}`],
			]),
		);
	}
}
