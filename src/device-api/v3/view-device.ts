import { CAPABILITIES, type Findings } from '../../domain/capability.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import { progressOf } from '../../domain/host-os.ts';
import { CONSEQUENCES } from '../../host/index.ts';
import type { Access } from '../access.ts';
import { engineTime } from './engine-time.ts';
import type { ExplainedApp } from './explained.ts';
import type { V3Input } from './v3-input.ts';
import type { HostInfo } from './v3-options.ts';
import { viewApp } from './view-apps.ts';
import { viewImages } from './view-images.ts';

interface DeviceFacts {
	readonly input: V3Input;
	readonly apps: readonly ExplainedApp[];
	readonly info: HostInfo;
	readonly capabilities: Findings;
	/** Uuids of apps that stand for the host OS. */
	readonly hostApps: ReadonlySet<string>;
}

/** `GET /v3/device` (spec: v3-api 2). */
export function viewDevice(facts: DeviceFacts, access: Access): object {
	const { input, apps, info, capabilities, hostApps } = facts;
	const { status, cloud } = input;
	const own = status === undefined ? [] : apps.filter(({ appId }) => access.covers(appId));
	return {
		uuid: info.uuid ?? null,
		name: info.name,
		apps: Object.fromEntries(
			own.map((explained) => [
				explained.uuid,
				status === undefined ? {} : viewApp({ status, explained, isHost: hostApps.has(explained.uuid) }),
			]),
		),
		images: viewImages(status, access),
		host: viewHost(info, status),
		supervisor: { version: info.supervisorVersion },
		capabilities: viewCapabilities(capabilities),
		cloud: {
			endpoint: info.apiEndpoint ?? null,
			connected: info.apiEndpoint === undefined ? null : !cloud.some(({ kind }) => kind === 'cloud-away'),
		},
	};
}

function viewHost(info: HostInfo, status: DeviceStatus | undefined): object {
	const { os, memory, storage } = info;
	const update = viewUpdate(status);
	return {
		os: { name: os.name ?? null, version: os.version ?? null, variant: os.variant ?? null, build: os.build ?? null },
		kernel: info.kernel,
		arch: info.arch,
		device_type: info.deviceType,
		booted_at: engineTime(status?.current?.host.bootedAt) ?? null,
		memory: memory === undefined ? null : { total: memory.totalBytes, available: memory.totalBytes - memory.usedBytes },
		storage:
			storage === undefined
				? null
				: {
						total: storage.totalBytes,
						available: storage.totalBytes - storage.usedBytes,
						device: storage.blockDevice ?? null,
					},
		cpu: { usage: info.cpuUsage ?? null, id: info.cpuId ?? null },
		temperature: info.temperature ?? null,
		addresses: { ip: info.ipAddresses, mac: info.macAddresses },
		...(update === undefined ? {} : { update }),
	};
}

/** Where the device stands on its way to the wanted release of its host OS. */
function viewUpdate(status: DeviceStatus | undefined): object | undefined {
	const wanted = status?.target?.hostOs;
	const os = status?.current?.host.os;
	if (status === undefined || os === undefined || wanted?.state !== 'ready') {
		return undefined;
	}
	const { commit, build } = wanted.release;
	const { state } = progressOf(wanted.release, os, { now: status.at });
	return { release: commit, build, state: state.replaceAll('-', '_') };
}

/** Those that were not looked for yet are left out. */
function viewCapabilities(findings: Findings): readonly object[] {
	return CAPABILITIES.flatMap((name) => {
		const finding = findings[name];
		if (finding === undefined) {
			return [];
		}
		const { isAvailable, detail = null } = finding;
		return [{ name, available: isAvailable, detail, ...(isAvailable ? {} : { without_it: CONSEQUENCES[name] }) }];
	});
}
