import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi, type ApiOptions } from '../../../src/device-api/index.ts';
import { composeApp } from '../../../src/application-manager/index.ts';
import type { AppSpec } from '../../../src/domain/target.ts';
import { context } from '../../simulation/world.ts';
import { predictPlan, type DryRunResult } from '../../../src/device-state/index.ts';
import { matchesQuery, type HistoryEntry } from '../../../src/domain/history.ts';
import type { ContainerView } from '../../../src/domain/service.ts';
import type { DeviceStatus } from '../../../src/domain/status.ts';
import { chooseFormat, listServices, renderMetrics, samplesOfServices } from '../../../src/metrics/index.ts';
import { deviceApi } from '../../support/api-contract.ts';
import { silentLog } from '../../support/logs.ts';
import { deviceStatus, target } from './device-status.ts';
import { idleOperations } from './idle-operations.ts';

/** Known keys: of the device, of app 1 (all of it is called alpha something), and of app 2 (beta). */
export const KEYS = { device: 'a'.repeat(32), alpha: 'b'.repeat(32), beta: 'c'.repeat(32) };

export interface Answer {
	readonly method: string;
	readonly path: string;
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

interface Call {
	readonly key?: string | undefined;
	/** Sent as JSON; a text or bytes as they are. */
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface RecordedApi {
	readonly port: number;
	/** What the API asked of the device: names of options, with what was submitted. */
	readonly calls: string[];
	/** Whether keys are asked for. */
	isRequired: boolean;
	/** Each answer is held against the document. */
	call(method: string, path: string, call?: Call): Promise<Answer>;
	/** Resolves with the head. */
	open(method: string, path: string, call?: Call): Promise<IncomingMessage>;
	connections(): Promise<number>;
	close(): Promise<void>;
}

/** The real API on a real socket, before a device that only writes down what it is asked for. */
export async function startRecordedApi(overrides: Partial<ApiOptions> = {}): Promise<RecordedApi> {
	const calls: string[] = [];
	const state = { isRequired: true };
	const options = record({ ...optionsFor(state), ...overrides }, calls);
	const server = createServer(createApi(options)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const open = (method: string, path: string, call: Call = {}) => send(port, method, path, call);
	return {
		port,
		calls,
		get isRequired() {
			return state.isRequired;
		},
		set isRequired(value) {
			state.isRequired = value;
		},
		open,
		call: async (method, path, call) => {
			const response = await open(method, path, call);
			const chunks: Buffer[] = [];
			for await (const chunk of response) {
				chunks.push(chunk as Buffer); // no encoding is set
				if (response.headers['content-type'] === 'text/event-stream') break; // it does not end by itself
			}
			const { statusCode: status = 0, headers } = response;
			return deviceApi.check({ method, path, status, headers, body: Buffer.concat(chunks).toString() });
		},
		connections: () =>
			new Promise((resolve, reject) => {
				server.getConnections((error, count) => {
					if (error === null) resolve(count);
					else reject(error);
				});
			}),
		close: async () => {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

function send(port: number, method: string, path: string, { key, body, headers }: Call): Promise<IncomingMessage> {
	const sentBody =
		body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
	// Stated for each method: a GET has no body.
	const length = sentBody === undefined ? {} : { 'content-length': String(Buffer.byteLength(sentBody)) };
	const sent = httpRequest({
		...{ host: '127.0.0.1', port, method, path, agent: false },
		headers: {
			...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
			...(body === undefined ? {} : { 'content-type': 'application/json' }),
			...length,
			...headers,
		},
	});
	return new Promise((resolve, reject) => {
		sent.once('response', resolve);
		sent.once('error', reject);
		sent.end(sentBody);
	});
}

function optionsFor(state: { readonly isRequired: boolean }): ApiOptions {
	const [one, two] = target.apps;
	return {
		...idleOperations,
		authentication: {
			isRequired: () => Promise.resolve(state.isRequired),
			keys: {
				globalKey: () => Promise.resolve(KEYS.device),
				serviceKey: () => Promise.resolve(KEYS.alpha),
				scopesOf: (key) => {
					if (key === KEYS.device) return Promise.resolve([{ type: 'global' }]);
					const appId = [KEYS.alpha, KEYS.beta].indexOf(key) + 1;
					return Promise.resolve(appId === 0 ? undefined : [{ type: 'app', appId }]);
				},
			},
		},
		isHealthy: () => Promise.resolve(true),
		status: describeApps,
		targetApps: () =>
			Promise.resolve([one && { ...one, appName: 'alpha' }, two && { ...two, appName: 'beta' }].filter((app) => !!app)),
		facts: () => Promise.resolve({ apiPort: 48484, version: '20.0.0' }),
		update: () => Promise.resolve(true),
		regenerateKey: () => Promise.resolve('d'.repeat(32)),
		operations: { ...idleOperations.operations, status: describeApps },
		metrics: {
			...idleOperations.metrics,
			render: (accept, access) => {
				const services = listServices(describeApps(), (appId) => access.covers(appId));
				return renderMetrics(samplesOfServices(services, new Map()), chooseFormat(accept));
			},
		},
		plan: { dryRun: () => Promise.resolve(predictRestarts()) },
		local: { ...idleOperations.local, isOn: () => Promise.resolve(true) },
		past: { ...idleOperations.past, history: readHistory, findRequest, openLogs },
		log: silentLog,
		now: () => 0,
		wall: () => new Date(0),
		redact: (text) => text,
	};
}

const entry = (id: number, appId: number, sentence: string): HistoryEntry => ({
	...{ id, kind: 'service', event: 'started', appId, appUuid: `u${appId}`, serviceName: sentence, sentence },
	...{ count: 1, firstAt: 0, lastAt: 0, isSynchronised: true },
});
const ENTRIES = [entry(2, 2, 'beta'), entry(1, 1, 'alpha')];

const readHistory: ApiOptions['past']['history'] = (query) =>
	Promise.resolve(ENTRIES.filter((one) => matchesQuery(one, query)));

const findRequest: ApiOptions['past']['findRequest'] = (id) =>
	Promise.resolve({ id, body: { kind: 'restartApp', appId: 1, containers: [] }, force: false, asker: 'app:1' });

const openLogs: ApiOptions['past']['openLogs'] = ({ covers }) =>
	Promise.resolve(async function* () {
		for (const [serviceName, serviceId] of [
			['alpha', 1],
			['beta', 2],
		] as const) {
			if (covers(serviceId))
				yield await Promise.resolve({ serviceName, message: 'm', isStdErr: false, timestamp: 0, serviceId });
		}
	});

/** Two apps of one container each, on target, and an unused volume of each. */
/** What a restart of both apps would do. */
function predictRestarts(): DryRunResult {
	const { current, target } = describeApps();
	if (current === undefined || target === undefined) throw new Error('there is a state');
	const requests = ['alpha', 'beta'].map((name, index) => ({
		id: name,
		body: { kind: 'restartApp' as const, appId: index + 1, containers: [name] },
		force: false,
		state: 'open' as const,
		since: 0,
	}));
	const policy = { ...LIMITS, keepImages: true, keepVolumes: false, ownImage: 'own', force: false, localMode: false };
	const context = { now: 0, paused: new Map(), history: { hasSettled: true }, policy };
	const prediction = predictPlan({ current, target, requests, context });
	return { current, target, prediction, refused: [], ignored: [] };
}

const LIMITS = { maxPulls: 4, maxSteps: 8 };

function describeApps(): DeviceStatus {
	const { current } = deviceStatus;
	if (current === undefined) throw new Error('there is a current state');
	const names = ['alpha', 'beta'];
	const apps = current.apps.map((app, index) => ({
		...app,
		containers: app.containers.map((container): ContainerView => ({
			...container,
			containerId: names[index] ?? '',
			serviceName: names[index] ?? '',
			config: composed(index + 1, names[index] ?? '').services[0]!.config,
		})),
	}));
	const ready = names.map((name, index) => ({
		state: 'ready' as const,
		appId: index + 1,
		spec: composed(index + 1, name),
	}));
	return {
		...deviceStatus,
		current: { ...current, apps, volumes: ['1_alpha', '2_beta'] },
		target: { apps: ready, variables: {} },
	};
}

/** The app with one service of this name. */
function composed(appId: number, name: string): AppSpec {
	const app = target.apps.find((one) => one.appId === appId)!;
	const release = { ...app.release!, services: { [name]: app.release!.services['web']! } };
	const made = composeApp({ ...app, appName: name, release }, context, new Map()).composed;
	if (made.state !== 'ready') throw new Error('the app can be composed');
	return made.spec;
}

/** Done in any case, and not to the device. */
const IGNORED = ['authentication', 'answered', 'deviceNames', 'collectSoon', 'log', 'now', 'systemLog'];

function record<T extends object>(options: T, calls: string[]): T {
	const entries = Object.entries(options).map(([name, value]: [string, unknown]) => {
		if (IGNORED.includes(name) || (typeof value !== 'function' && typeof value !== 'object')) return [name, value];
		if (typeof value === 'object') return [name, record(value ?? {}, calls)];
		const wrapped = (...args: unknown[]): unknown => {
			calls.push(name === 'submit' ? `submit ${JSON.stringify(args[0])}` : name);
			return (value as (...given: unknown[]) => unknown)(...args);
		};
		return [name, wrapped];
	});
	return Object.fromEntries(entries) as T; // the same members
}
