import { DEFAULT_VARIABLES, variablesToStore } from '../../config/index.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { ServiceSpec } from '../../domain/service.ts';
import type { ComposedApp, TargetApp } from '../../domain/target.ts';

export interface LocalTargetFacts {
	readonly deviceName: string;
	readonly isUnmanaged: boolean;
	/** Of the stored target, in any form. */
	readonly variables: Readonly<Record<string, string>>;
	/** As stored, of all sources. */
	readonly apps: readonly StoredApp[];
}

interface StoredApp extends TargetApp {
	readonly source: string;
}

/**
 * `GET /v2/local/target-state` (spec: device-api 5.10): the target that the device applies, composed. Clients send name
 * and configuration back as they got them, so every supervisor variable is included, and every value is a text.
 */
export function viewLocalTarget(status: DeviceStatus | undefined, facts: LocalTargetFacts): object {
	const { deviceName, isUnmanaged, variables, apps } = facts;
	const defaults = { ...DEFAULT_VARIABLES, ...(isUnmanaged ? { SUPERVISOR_LOCAL_MODE: 'true' } : {}) };
	const composed = status?.target?.apps ?? [];
	return {
		local: {
			name: deviceName,
			config: { ...defaults, ...variablesToStore(variables) },
			apps: Object.fromEntries(
				composed.flatMap((app) => {
					const stored = apps.find((candidate) => isOf(app, candidate));
					return stored === undefined ? [] : [[app.appId, viewApp(app, stored)]];
				}),
			),
		},
	};
}

function isOf(app: ComposedApp, stored: StoredApp): boolean {
	const { appUuid } = app.state === 'ready' ? app.spec : app.app;
	return stored.appUuid === appUuid;
}

function viewApp(app: ComposedApp, stored: StoredApp): object {
	const { appId, appUuid, appName, isHost, release, source } = stored;
	const spec = app.state === 'ready' ? app.spec : { services: [], networks: [], volumes: [] };
	return {
		appId,
		appUuid,
		appName,
		...(release === undefined ? {} : { commit: release.commit }),
		source,
		isHost,
		isRejected: stored.rejected || app.state === 'rejected',
		isTargetState: true,
		services: spec.services.map(viewService),
		networks: spec.networks.map(({ networkName, config }) => ({ appId, appUuid, name: networkName, config })),
		volumes: spec.volumes.map(({ volumeName, config }) => ({ name: volumeName, appId, appUuid, config })),
	};
}

function viewService({ identity, reference, engineImageId, dependsOn, running, config }: ServiceSpec): object {
	return {
		...identity,
		imageName: reference,
		...(engineImageId === undefined ? {} : { dockerImageId: engineImageId }),
		dependsOn: dependsOn.length === 0 ? null : dependsOn.map(({ service }) => service),
		config: { ...config, running },
	};
}
