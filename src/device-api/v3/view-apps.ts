import { shownContainers } from '../../application-manager/index.ts';
import type { CurrentApp } from '../../domain/current.ts';
import type { ContainerView, ServiceConfig, ServiceSpec } from '../../domain/service.ts';
import { statusWordOf } from '../../domain/status-words.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { AppSpec } from '../../domain/target.ts';
import { HIDDEN, isSecretName } from '../hide-secrets.ts';
import { engineTime } from './engine-time.ts';
import type { ExplainedApp } from './explained.ts';
import { viewLocks } from './view-because.ts';
import { wordOf } from './view-status.ts';

interface AppFacts {
	readonly status: DeviceStatus;
	readonly explained: ExplainedApp;
	/** Of the stored target. */
	readonly isHost: boolean;
}

/** One app as it is on the device (spec: v3-api 2). */
export function viewApp({ status, explained, isHost }: AppFacts): object {
	const { appId, name } = explained;
	const current = status.current?.apps.find((app) => app.appId === appId);
	const composed = status.target?.apps.find((app) => app.appId === appId);
	const spec = composed?.state === 'ready' ? composed.spec : undefined;
	const containers = shownContainers(current?.containers ?? []);
	const commits = new Set([...containers.map(commitOf), ...(spec?.commit === undefined ? [] : [spec.commit])]);
	const lockfiles = status.reasons
		.filter((reason) => reason.appId === appId)
		.flatMap(({ finding }) => viewLocks(finding));
	return {
		id: appId,
		name,
		is_host: isHost,
		status: wordOf(explained),
		releases: Object.fromEntries(
			[...commits].map((commit) => [
				commit,
				{
					installed: current?.commit === commit,
					services: viewServices(commit, { containers, spec, status }),
					...viewParts(current, spec?.commit === commit ? spec : undefined),
				},
			]),
		),
		locked: lockfiles.length > 0,
		lockfiles: [...new Map(lockfiles.map((lock) => [lock.service, lock])).values()],
	};
}

function commitOf({ commit, releaseId }: ContainerView): string {
	return commit ?? String(releaseId); // containers of old supervisors have only the id
}

function viewServices(
	commit: string,
	of: {
		readonly containers: readonly ContainerView[];
		readonly spec: AppSpec | undefined;
		readonly status: DeviceStatus;
	},
): Readonly<Record<string, object>> {
	const { containers, spec, status } = of;
	const specs = spec?.commit === commit ? spec.services : [];
	const here = containers.filter((container) => commitOf(container) === commit);
	const names = new Set([...specs.map(({ identity }) => identity.serviceName), ...here.map((c) => c.serviceName)]);
	return Object.fromEntries(
		[...names].map((name) => {
			const container = here.find(({ serviceName }) => serviceName === name);
			const wanted = specs.find(({ identity }) => identity.serviceName === name);
			return [name, viewService(container, wanted, status)];
		}),
	);
}

function viewService(
	container: ContainerView | undefined,
	spec: ServiceSpec | undefined,
	status: DeviceStatus,
): Readonly<Record<string, unknown>> {
	const depends_on = (spec?.dependsOn ?? []).map(({ service, condition, required }) => ({
		...{ service, condition, required },
	}));
	const config = viewConfig(container?.config ?? spec?.config);
	if (container === undefined) {
		const none = { started: null, created_at: null, health: null, exit_code: null, restart_count: 0, container: null };
		return { id: spec?.identity.serviceId, image: spec?.reference, status: 'missing', ...none, config, depends_on };
	}
	const { imageId, appId, runState, exitCode } = container;
	const records = status.current?.imageRecords ?? [];
	const image = records.find((row) => row.imageId === imageId && row.appId === appId)?.name;
	return {
		id: container.serviceId,
		image: image ?? container.config.image,
		status: statusWordOf(container, status.running),
		started: engineTime(container.startedAt) ?? null,
		created_at: engineTime(container.createdAt) ?? null,
		health: container.health ?? null,
		exit_code: runState === 'exited' || runState === 'restarting' ? exitCode : null,
		restart_count: container.restartCount,
		container: { id: container.containerId, name: container.name },
		config,
		depends_on,
	};
}

/** Names as in a compose file; values of variables that their name calls secret are hidden. */
function viewConfig(config: Partial<ServiceConfig> | undefined): object {
	const { environment = {}, ...others } = config ?? {};
	const shown = Object.entries(environment).map(([name, value]) => [name, isSecretName(name) ? HIDDEN : value]);
	return {
		...Object.fromEntries(Object.entries(others).map(([name, value]) => [snakeName(name), value as unknown])),
		environment: Object.fromEntries(shown) as Readonly<Record<string, string>>,
	};
}

function snakeName(name: string): string {
	return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Of the wanted release its own, of others what is there. */
function viewParts(current: CurrentApp | undefined, spec: AppSpec | undefined) {
	const present = [...(current?.networks ?? []), ...(current?.volumes ?? [])].map(({ engineName }) => engineName);
	const part = (name: string, engineName: string) =>
		[name, { engine_name: engineName, exists: present.includes(engineName) }] as const;
	const { networks = [], volumes = [] } = spec ?? current ?? {};
	return {
		networks: Object.fromEntries(networks.map(({ networkName, engineName }) => part(networkName, engineName))),
		volumes: Object.fromEntries(volumes.map(({ volumeName, engineName }) => part(volumeName, engineName))),
	};
}
