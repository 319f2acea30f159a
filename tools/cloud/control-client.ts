import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

import type {
	DevicePatch,
	FleetPatch,
	NewDeltaInput,
	NewFaultInput,
	NewFleetInput,
	NewKeyInput,
	NewReleaseInput,
} from './control-schemas.ts';
import type { DeviceView, FleetView, LogLineView, LogStreamsView, ReleaseView, ReportView } from './control-views.ts';
import type { ActiveFault } from './faults.ts';
import type { RequestEntry } from './request-log.ts';

/** One method per endpoint of the control API. A refusal rejects with the text of the stand-in. */
export interface ControlClient {
	createFleet(fleet: NewFleetInput): Promise<FleetView>;
	listFleets(): Promise<readonly FleetView[]>;
	getFleet(fleet: number | string): Promise<FleetView>;
	updateFleet(fleet: number | string, patch: FleetPatch): Promise<FleetView>;
	createRelease(fleet: number | string, release: NewReleaseInput): Promise<ReleaseView>;
	listDevices(): Promise<readonly DeviceView[]>;
	getDevice(uuid: string): Promise<DeviceView>;
	updateDevice(uuid: string, patch: DevicePatch): Promise<DeviceView>;
	listReports(uuid: string): Promise<readonly ReportView[]>;
	listLogs(uuid: string): Promise<readonly LogLineView[]>;
	countLogStreams(uuid: string): Promise<LogStreamsView>;
	/** Serves this body instead of the composed target; `null` ends that. */
	setTarget(uuid: string, body: unknown): Promise<void>;
	createKey(key: NewKeyInput): Promise<{ readonly key: string }>;
	createDelta(delta: NewDeltaInput): Promise<{ readonly id: number }>;
	createFault(fault: NewFaultInput): Promise<{ readonly id: number }>;
	listFaults(): Promise<readonly ActiveFault[]>;
	deleteFault(id: number): Promise<void>;
	deleteFaults(): Promise<void>;
	/** Those after number `n`; all of them without it. */
	listRequests(since?: number): Promise<readonly RequestEntry[]>;
	deleteRequests(): Promise<void>;
}

export class ControlCallError extends Error {
	readonly status: number;

	constructor(status: number, message: string) {
		super(message);
		this.name = 'ControlCallError';
		this.status = status;
	}
}

/** `target` is the URL of a stand-in cloud, or the path of its control socket. */
export function createControlClient(target: string): ControlClient {
	const call = <T>(method: string, path: string, body?: unknown) => callControl<T>({ target, method, path, body });
	const fleetPath = (fleet: number | string) => `/control/fleets/${encodeURIComponent(fleet)}`;
	const devicePath = (uuid: string) => `/control/devices/${encodeURIComponent(uuid)}`;
	return {
		createFleet: (fleet) => call('POST', '/control/fleets', fleet),
		listFleets: () => call('GET', '/control/fleets'),
		getFleet: (fleet) => call('GET', fleetPath(fleet)),
		updateFleet: (fleet, patch) => call('PATCH', fleetPath(fleet), patch),
		createRelease: (fleet, release) => call('POST', `${fleetPath(fleet)}/releases`, release),
		listDevices: () => call('GET', '/control/devices'),
		getDevice: (uuid) => call('GET', devicePath(uuid)),
		updateDevice: (uuid, patch) => call('PATCH', devicePath(uuid), patch),
		listReports: (uuid) => call('GET', `${devicePath(uuid)}/reports`),
		countLogStreams: (uuid) => call('GET', `${devicePath(uuid)}/log-streams`),
		listLogs: (uuid) => call('GET', `${devicePath(uuid)}/logs`),
		setTarget: (uuid, body) => call('PUT', `${devicePath(uuid)}/target`, body),
		createKey: (key) => call('POST', '/control/keys', key),
		createDelta: (delta) => call('POST', '/control/deltas', delta),
		createFault: (fault) => call('POST', '/control/faults', fault),
		listFaults: () => call('GET', '/control/faults'),
		deleteFault: (id) => call('DELETE', `/control/faults/${id}`),
		deleteFaults: () => call('DELETE', '/control/faults'),
		listRequests: (since = 0) => call('GET', `/control/requests?since=${since}`),
		deleteRequests: () => call('DELETE', '/control/requests'),
	};
}

interface ControlCall {
	readonly target: string;
	readonly method: string;
	readonly path: string;
	readonly body: unknown;
}

async function callControl<T>({ target, method, path, body }: ControlCall): Promise<T> {
	const { status, text } = await exchange({ target, method, path, body });
	const value: unknown = text === '' ? undefined : JSON.parse(text);
	if (status >= 400) {
		const message = typeof value === 'object' && value !== null && 'error' in value ? String(value.error) : text;
		throw new ControlCallError(status, `${method} ${path}: ${message}`);
	}
	// The stand-in is our own and built from the same sources, so its answers are not checked again.
	return value as T;
}

function exchange({
	target,
	method,
	path,
	body,
}: ControlCall): Promise<{ readonly status: number; readonly text: string }> {
	const isUrl = /^https?:\/\//.test(target);
	// One connection per call: no connection stays open. The certificate of a stand-in is made for the current test, and
	// the control API carries no secret.
	const options = { method, agent: false, rejectUnauthorized: false, headers: { 'Content-Type': 'application/json' } };
	return new Promise((resolve, reject) => {
		const send = target.startsWith('https:') ? httpsRequest : httpRequest;
		const request = isUrl
			? send(new URL(path, target), options)
			: httpRequest({ ...options, socketPath: target, path, host: 'localhost' });
		request.on('error', reject);
		request.on('response', (response) => {
			const chunks: Buffer[] = [];
			response.on('data', (chunk: Buffer) => chunks.push(chunk));
			response.on('error', reject);
			response.on('end', () =>
				resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
			);
		});
		request.end(body === undefined ? undefined : JSON.stringify(body));
	});
}
