import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createControlClient, type ControlClient } from '../../tools/cloud/control-client.ts';
import type { DeviceView, FleetView } from '../../tools/cloud/control-views.ts';
import { describeMachine, layOutFolders } from '../../tools/dind/device-folder.ts';
import { removeSupervised } from '../../tools/dind/remove-supervised.ts';
import { CleanUp } from './clean-up.ts';
import type { RealEngine } from './real-engine.ts';

export interface DeviceOptions {
	readonly engine: RealEngine;
	readonly cloud: { readonly url: string; readonly fleet: Pick<FleetView, 'id' | 'provisioningKey'> };
	/** Over what config.json would hold. */
	readonly config?: Readonly<Record<string, unknown>>;
	readonly environment?: Readonly<Record<string, string>>;
}

interface Status {
	readonly appState: string;
	readonly release?: string;
}

const PROJECT = join(import.meta.dirname, '../..');
const PROGRAM = join(PROJECT, 'dist');
const WAIT_MS = 20_000;
const LAST_LINES = 25;

/** The folders of a new device, and the program that will run on them. Nothing is started yet. */
export async function createDevice(options: DeviceOptions): Promise<DeviceProcess> {
	if (!existsSync(join(PROGRAM, 'app.js'))) throw new Error('there is no dist/app.js: run npm run build');
	const folder = mkdtempSync(join(tmpdir(), 'device-'));
	layOutFolders(folder);
	// Its own copy: a build in mid-run must not take the program away that is to be started again.
	cpSync(PROGRAM, join(folder, 'app'), { recursive: true });
	const port = await findFreePort();
	const config = {
		apiEndpoint: options.cloud.url,
		applicationId: options.cloud.fleet.id,
		apiKey: options.cloud.fleet.provisioningKey,
		deviceType: describeMachine().slug,
		appUpdatePollInterval: 1000,
		bootstrapRetryDelay: 500,
		listenPort: port,
		...options.config,
	};
	writeFileSync(join(folder, 'boot/config.json'), JSON.stringify(config));
	return new DeviceProcess(folder, port, options);
}

/** `node dist/app.js` on a folder of its own, to be started and ended as often as a test likes. */
export class DeviceProcess {
	readonly folder: string;
	/** Of its API. */
	readonly url: string;
	readonly configPath: string;
	readonly databasePath: string;
	readonly #options: DeviceOptions;
	readonly #client: ControlClient;
	#child: ChildProcess | undefined;
	#ended: Promise<number> = Promise.resolve(0);
	#log = '';
	#logStart = 0;
	#apiKey: string | undefined;

	constructor(folder: string, port: number, options: DeviceOptions) {
		this.folder = folder;
		this.url = `http://127.0.0.1:${port}`;
		this.configPath = join(folder, 'boot/config.json');
		this.databasePath = join(folder, 'data/database.sqlite');
		this.#options = options;
		this.#client = createControlClient(options.cloud.url);
	}

	/** Resolves when its API answers. */
	async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
		this.launch(environment);
		await this.waitFor('its API answers', async () => (await this.call('GET', '/ping'))?.status === 200);
	}

	/** For a program that is not expected to come up. `within`: a command that becomes the one behind it. */
	launch(environment: Readonly<Record<string, string>> = {}, within: readonly string[] = []): void {
		if (this.#child?.exitCode === null && this.#child.signalCode === null) throw new Error('it runs already');
		this.#logStart = this.#log.length;
		const env = { ...describeEnvironment(this.folder, this.#options), ...environment };
		const program = [process.execPath, join(this.folder, 'app/app.js')];
		const [command = '', ...args] = [...within, ...program];
		const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
		}
		this.#child = child;
		this.#ended = new Promise((resolve, reject) => {
			child.once('error', reject);
			// A shell's way to say both in one number.
			child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 128)));
		});
	}

	/** The status it ends with, as a shell would show it. */
	ended(): Promise<number> {
		return this.#ended;
	}

	get pid(): number | undefined {
		return this.#child?.pid;
	}

	/** SIGSTOP and SIGCONT; `kill` for those that end it. */
	signal(signal: NodeJS.Signals): void {
		this.#child?.kill(signal);
	}

	async kill(signal: NodeJS.Signals): Promise<number> {
		this.signal(signal);
		return this.#ended;
	}

	/** All that it has ever written. */
	log(): string {
		return this.#log;
	}

	logSinceStart(): string {
		return this.#log.slice(this.#logStart);
	}

	/** `undefined`: it does not answer. */
	async call(
		method: string,
		path: string,
		key?: string,
		body?: object,
	): Promise<{ status: number; body: string } | undefined> {
		const headers = {
			connection: 'close',
			...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
			...(body === undefined ? {} : { 'content-type': 'application/json' }),
		};
		try {
			const response = await fetch(`${this.url}${path}`, {
				method,
				headers,
				...(body && { body: JSON.stringify(body) }),
			});
			return { status: response.status, body: await response.text() };
		} catch {
			return undefined; // not up yet, or ended
		}
	}

	/** As the cloud knows it. */
	async view(): Promise<DeviceView | undefined> {
		return (await this.#client.listDevices())[0];
	}

	async uuid(): Promise<string> {
		await this.waitFor('it has registered', async () => (await this.view()) !== undefined);
		return (await this.view())?.uuid ?? '';
	}

	/** The one it has reported. */
	async apiKey(): Promise<string> {
		await this.waitFor('it has reported the key of its API', async () => {
			const secret = (await this.view())?.state['api_secret'];
			this.#apiKey ??= typeof secret === 'string' ? secret : undefined;
			return this.#apiKey !== undefined;
		});
		return this.#apiKey ?? '';
	}

	/** Makes it fetch its target, as the cloud would. */
	async update(): Promise<void> {
		const answer = await this.call('POST', '/v1/update', await this.apiKey());
		if (answer?.status !== 204) throw new Error(`POST /v1/update: ${JSON.stringify(answer)}`);
	}

	async status(): Promise<Status | undefined> {
		const answer = await this.call('GET', '/v2/state/status', await this.apiKey());
		if (answer?.status === 401) this.#apiKey = undefined; // a rebuilt database has another
		// The answer of our own API, whose form has tests of its own.
		return answer?.status === 200 ? (JSON.parse(answer.body) as Status) : undefined;
	}

	/** The app is settled, and on this release. */
	waitForOnTarget(commit: string): Promise<void> {
		return this.waitFor(`it is on release ${commit}`, async () => {
			const status = await this.status();
			return status?.appState === 'applied' && status.release === commit;
		});
	}

	async waitForLog(text: string | RegExp, timeoutMs = WAIT_MS): Promise<void> {
		const isThere = () =>
			typeof text === 'string' ? this.logSinceStart().includes(text) : text.test(this.logSinceStart());
		await this.waitFor(`its log has ${String(text)}`, isThere, timeoutMs);
	}

	/** Fails with the last lines of the log, which show the reason. */
	async waitFor(what: string, condition: () => Promise<boolean> | boolean, timeoutMs = WAIT_MS): Promise<void> {
		const deadline = performance.now() + timeoutMs;
		while (!(await condition())) {
			if (performance.now() > deadline) {
				const lines = this.#log
					.trimEnd()
					.split('\n')
					.filter((line) => !line.includes('/v2/state/status'));
				throw new Error(
					`it did not happen in ${timeoutMs} ms that ${what}; the device said:\n${lines.slice(-LAST_LINES).join('\n')}`,
				);
			}
			await sleep(30);
		}
	}

	/** Ends it and removes what it made. */
	async dispose(): Promise<void> {
		const cleanUp = new CleanUp();
		cleanUp.add(() => rmSync(this.folder, { recursive: true, force: true }));
		cleanUp.add(() => removeSupervised(this.#options.engine.socketPath));
		cleanUp.add(() => this.kill('SIGKILL'));
		this.signal('SIGCONT');
		await cleanUp.run();
	}
}

/** Only these variables are passed on: a test must not depend on the user that runs it. */
function describeEnvironment(folder: string, { engine, environment }: DeviceOptions): NodeJS.ProcessEnv {
	const at = (name: string) => join(folder, name);
	return {
		PATH: process.env['PATH'],
		NODE_PATH: join(PROJECT, 'node_modules'), // sqlite3 is not in the bundle
		ROOT_MOUNTPOINT: at('root'),
		BOOT_MOUNTPOINT: at('boot'),
		STATE_MOUNTPOINT: at('state'),
		DATA_MOUNTPOINT: at('data'),
		CONFIG_MOUNT_POINT: at('boot/config.json'),
		HOST_OS_VERSION_PATH: at('root/etc/os-release'),
		DATABASE_PATH: at('data/database.sqlite'),
		DOCKER_SOCKET: engine.socketPath,
		DOCKER_HOST: engine.host,
		// Nothing listens there: this device must not reach the machine's own services.
		DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${at('root/run/dbus/system_bus_socket')}`,
		LED_FILE: '/dev/null',
		// Many devices share one network here; tests of the firewall say otherwise.
		KEEP_FIREWALL: '1',
		...environment,
	};
}

/**
 * Below the ephemeral ports of the system: while a device restarts, a connection of another program could take one of
 * those.
 */
const PORTS = { from: 20_000, count: 10_000 };

async function findFreePort(): Promise<number> {
	for (;;) {
		const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
		if (await isFree(port)) return port;
	}
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen({ port }, () => server.close(() => resolve(true)));
	});
}
