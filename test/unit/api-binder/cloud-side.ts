import { GotClient } from '../../../src/adapters/http/index.ts';
import { CloudApi, type StatusSource } from '../../../src/api-binder/index.ts';
import { DEFAULT_SETTINGS, type Config, type Settings, type SettingsChange } from '../../../src/config/index.ts';
import type { MetricFields } from '../../../src/device-state/index.ts';
import type { JsonCache } from '../../../src/ports/json-cache.ts';
import type { DeviceStatus } from '../../../src/domain/status.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { createControlClient, type ControlClient } from '../../../tools/cloud/control-client.ts';
import type { FleetView } from '../../../tools/cloud/control-views.ts';
import { startCloud, type RunningCloud } from '../../../tools/cloud/start-cloud.ts';

export const UUID = 'd'.repeat(32);
export const KEY = '7'.repeat(32);
export const COMMIT = 'c'.repeat(32);
export const FLEET_UUID = 'f'.repeat(32);
export const IMAGE = `registry.test/v2/web@sha256:${'1'.repeat(64)}`;

export const FACTS = {
	...{ deviceType: 'raspberrypi4-64', supervisorVersion: '20.0.0', osVersion: 'balenaOS 6.1.2', osVariant: 'prod' },
	...{ macAddress: 'DC:A6:32:00:00:01', ipAddress: '192.168.1.20', apiSecret: '0'.repeat(32) },
};

/** A cloud in this process, with a fleet that has one release of one service. */
export interface CloudSide {
	readonly cloud: RunningCloud;
	readonly control: ControlClient;
	readonly fleet: FleetView;
}

export async function startCloudSide(): Promise<CloudSide> {
	const cloud = await startCloud({ port: 0, minimumPollIntervalMs: 3000 });
	const control = createControlClient(cloud.url);
	const fleet = await control.createFleet({ name: 'weather', uuid: FLEET_UUID, deviceType: FACTS.deviceType });
	await control.createRelease(fleet.id, {
		commit: COMMIT,
		composition: { services: { web: { image: 'web' } } },
		images: { web: IMAGE },
	});
	return { cloud, control, fleet };
}

/** Registers the device of `UUID` and `KEY` behind the back of what is tested. */
export async function registerDevice({ cloud, fleet }: CloudSide): Promise<number> {
	const response = await fetch(`${cloud.url}/device/register`, {
		method: 'POST',
		headers: { authorization: `Bearer ${fleet.provisioningKey}`, 'content-type': 'application/json' },
		body: JSON.stringify({ application: fleet.id, uuid: UUID, device_type: FACTS.deviceType, api_key: KEY }),
	});
	return ((await response.json()) as { id: number }).id;
}

export function cloudApi(clock: Clock): CloudApi {
	return new CloudApi({
		http: new GotClient(),
		clock,
		userAgent: () => 'Supervisor/20.0.0 (Linux; balenaOS 6.1.2; prod)',
	});
}

export function settingsOf(endpoint: string, change: Partial<Settings> = {}): Settings {
	return { ...DEFAULT_SETTINGS, apiEndpoint: endpoint, uuid: UUID, deviceApiKey: KEY, ...change };
}

/** config.json, for a test. */
export class MemorySettings implements Pick<Config, 'read' | 'set'> {
	value: Settings;
	readonly saved: SettingsChange[] = [];
	/** Thrown by the next call of either kind. */
	failure: Error | undefined;

	constructor(value: Settings) {
		this.value = value;
	}

	read(): Promise<Settings> {
		return this.#orFail(() => this.value);
	}

	set(change: SettingsChange): Promise<void> {
		return this.#orFail(() => {
			this.saved.push(change);
			const values = Object.entries(change).map(([name, value]) => [name, value ?? undefined]);
			this.value = { ...this.value, ...Object.fromEntries(values) } as Settings;
		});
	}

	#orFail<T>(action: () => T): Promise<T> {
		const { failure } = this;
		this.failure = undefined;
		return failure === undefined ? Promise.resolve(action()) : Promise.reject(failure);
	}
}

export class MemoryReportCache implements JsonCache {
	value: unknown;

	read(): Promise<unknown> {
		return Promise.resolve(this.value);
	}

	write(report: unknown): Promise<void> {
		this.value = JSON.parse(JSON.stringify(report));
		return Promise.resolve();
	}
}

/** The status board, moved by hand. */
export class FakeStatus implements StatusSource {
	#latest: DeviceStatus | undefined;
	readonly #listeners = new Set<(status: DeviceStatus) => void>();

	latest(): DeviceStatus | undefined {
		return this.#latest;
	}

	publish(status: DeviceStatus): void {
		this.#latest = status;
		this.#listeners.forEach((listener) => {
			listener(status);
		});
	}

	onChange(listener: (status: DeviceStatus) => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}
}

export const METRICS: MetricFields = { cpu_usage: 7, memory_usage: 412, memory_total: 3845, is_undervolted: false };

/** Until something that happens on real connections has happened; the test's own time limit ends it otherwise. */
export async function eventually<T>(read: () => T | undefined | false): Promise<T> {
	for (;;) {
		const value = read();
		if (value !== undefined && value !== false) {
			return value;
		}
		await new Promise<void>((resolve) => {
			setImmediate(resolve);
		});
	}
}

/** The device-facing requests so far, as `POST /device/register 201`. */
export function requestsOf({ cloud }: CloudSide): readonly string[] {
	return cloud.requests.since(0).map(({ method, path, status }) => `${method} ${path} ${status}`);
}
