import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../src/adapters/sqlite/index.ts';
import { SystemClock } from '../../../src/adapters/system/index.ts';
import { readEnvironment, textFileOf } from '../../../src/config/index.ts';
import type { RequestBody, RequestOutcome } from '../../../src/domain/request.ts';
import type { TargetDocument, TargetRelease } from '../../../src/domain/target.ts';
import { FatalErrors } from '../../../src/lib/fatal-errors.ts';
import { Redactor } from '../../../src/logger/index.ts';
import { buildConfigJson } from '../../../src/supervisor/build-config.ts';
import { buildCore } from '../../../src/supervisor/core.ts';
import { buildDeviceState } from '../../../src/supervisor/build-device-state.ts';
import { layOutFolders } from '../../../tools/dind/device-folder.ts';
import { removeSupervised } from '../../../tools/dind/remove-supervised.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { recordingLog, type LoggedLine } from '../../support/logs.ts';
import type { RealEngine } from '../../support/real-engine.ts';
import { shareLockDirectories, type LockDirectories } from './lock-directories.ts';

export const APP_ID = 1;
const APP_UUID = '0123456789abcdef0123456789abcdef';
const NO_CLOUD = 'http://127.0.0.1:1';
const WAIT_MS = 20_000;

export interface InProcessRelease extends Partial<Pick<TargetRelease, 'networks' | 'volumes'>> {
	readonly commit: string;
	/** The composition of each service. */
	readonly services: Readonly<Record<string, { readonly image: string } & Readonly<Record<string, unknown>>>>;
}

interface Life {
	readonly setTarget: (target: TargetDocument) => Promise<void>;
	readonly submit: (body: RequestBody, force: boolean) => Promise<RequestOutcome>;
	readonly isSettled: () => boolean;
	readonly stop: () => Promise<void>;
}

/**
 * What the supervisor is without its cloud and its API, in this process: the parts as they are built for a device, on the
 * real engine, real files and a real database. For what cannot be asked for from outside.
 */
export class InProcessDevice {
	readonly locks: LockDirectories;
	readonly #engine: RealEngine;
	readonly #folder = mkdtempSync(join(tmpdir(), 'device-'));
	readonly #recording = recordingLog();
	#life: Life | undefined;

	constructor(engine: RealEngine) {
		this.#engine = engine;
		layOutFolders(this.#folder);
		const config = { apiEndpoint: NO_CLOUD, uuid: 'd'.repeat(32), deviceApiKey: 'k'.repeat(32), deviceId: 1 };
		writeFileSync(join(this.#folder, 'boot/config.json'), JSON.stringify(config));
		this.locks = shareLockDirectories(join(this.#folder, 'root'), APP_ID);
	}

	get lines(): readonly LoggedLine[] {
		return this.#recording.lines;
	}

	async start(): Promise<void> {
		this.#life = await begin(this.#folder, this.#engine, this.#recording.log);
	}

	/** Interrupts the steps that allow it and waits for the others; open requests stay open. */
	async stop(): Promise<void> {
		await this.#life?.stop();
		this.#life = undefined;
	}

	async apply(release: InProcessRelease): Promise<void> {
		await this.#current.setTarget(describeTarget(release));
		await this.settled();
	}

	/** Waits for nothing but that it was taken in. */
	submit(body: RequestBody, { force = false }: { readonly force?: boolean } = {}): Promise<RequestOutcome> {
		return this.#current.submit(body, force);
	}

	settled(): Promise<void> {
		return this.waitFor('it is settled', () => this.#current.isSettled());
	}

	async waitFor(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
		const deadline = performance.now() + WAIT_MS;
		while (!(await condition())) {
			if (performance.now() > deadline) {
				const last = this.lines.slice(-25).map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`);
				throw new Error(`it did not happen in ${WAIT_MS} ms that ${what}; the device said:\n${last.join('\n')}`);
			}
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}

	async dispose(): Promise<void> {
		const cleanUp = new CleanUp();
		cleanUp.add(() => rmSync(this.#folder, { recursive: true, force: true }));
		cleanUp.add(() => this.locks.dispose());
		cleanUp.add(() => removeSupervised(this.#engine.socketPath));
		cleanUp.add(() => this.stop());
		await cleanUp.run();
	}

	get #current(): Life {
		if (this.#life === undefined) throw new Error('it does not run');
		return this.#life;
	}
}

async function begin(folder: string, engine: RealEngine, log: LoggedLog): Promise<Life> {
	const at = (name: string) => join(folder, name);
	const environment = readEnvironment({
		ROOT_MOUNTPOINT: at('root'),
		BOOT_MOUNTPOINT: at('boot'),
		STATE_MOUNTPOINT: at('state'),
		DATA_MOUNTPOINT: at('data'),
		DATABASE_PATH: at('data/database.sqlite'),
		DOCKER_SOCKET: engine.socketPath,
		DOCKER_HOST: engine.host,
		DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${at('root/run/dbus/system_bus_socket')}`,
		KEEP_FIREWALL: '1',
		LED_FILE: '/dev/null',
	});
	const options = { environment, packageVersion: '20.0.0', clock: new SystemClock(), log, redactor: new Redactor() };
	const parts = buildConfigJson(options);
	const configJson = textFileOf(parts.configJson);
	const database = await openDatabase({ path: environment.databasePath, configJson, log });
	const core = await buildCore(options, database, parts);
	const fatal = new FatalErrors();
	const { tracker, reconciler, runner, engine: docker } = buildDeviceState(core, fatal);
	const abort = new AbortController();
	await tracker.start();
	const running = Promise.all([fatal, docker, reconciler].map((part) => part.run(abort.signal)));
	running.catch(() => undefined); // reported by `stop`
	let commit: string | undefined;
	return {
		setTarget: async (target) => {
			await core.targets.replace(target, NO_CLOUD);
			commit = target.apps[0]?.release?.commit;
		},
		submit: (body, force) => tracker.submit(body, { force }),
		isSettled: () => {
			const { plan, applying, target } = core.status.latest() ?? {};
			const [app] = target?.apps ?? [];
			const isOnTarget = commit === undefined || (app?.state === 'ready' && app.spec.commit === commit);
			return plan !== undefined && applying === false && isOnTarget && tracker.open().every(isHolding);
		},
		stop: async () => {
			abort.abort();
			await runner.drain(AbortSignal.timeout(8000));
			await running;
			await database.close();
		},
	};
}

type LoggedLog = ReturnType<typeof recordingLog>['log'];

function isHolding({ state }: { readonly state: string }): boolean {
	return state === 'holding';
}

function describeTarget({ commit, services, networks = {}, volumes = {} }: InProcessRelease): TargetDocument {
	const described = Object.entries(services).map(([name, { image, ...composition }], at) => [
		name,
		{
			...{ serviceId: at + 1, imageId: at + 11, image, running: true, environment: {}, labels: {} },
			composition,
		},
	]);
	return {
		name: 'device',
		config: {},
		apps: [
			{
				...{ appId: APP_ID, appUuid: APP_UUID, appName: 'app', class: 'fleet', isHost: false, rejected: false },
				// The entries have the form of a service.
				release: {
					...{ releaseId: 1, commit, networks, volumes },
					services: Object.fromEntries(described) as TargetRelease['services'],
				},
			},
		],
	};
}
