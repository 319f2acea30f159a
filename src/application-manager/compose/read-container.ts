import type { Decoded, Issue } from '../../domain/issue.ts';
import { TEMPORARY_PREFIXES, type ContainerView, type RunState, type ServiceConfig } from '../../domain/service.ts';
import type { ContainerInspection } from '../../ports/engine.ts';
import { anonymousPathsOf } from './anonymous-volumes.ts';
import { readAsked, valueInContainer } from './asked-fields.ts';
import { EXTRA_FIRMWARE_VOLUME } from './features.ts';
import { FIELD_ENTRIES, type FieldKey } from './field-table.ts';
import { readLabels } from './labels.ts';
import { isAnonymousName, volumeNamesOf } from './mounts.ts';
import { cleanPath } from './parse-scalar.ts';
import { ownNetworksOf } from './service-networks.ts';

/** A supervised container as the engine shows it (spec: compose 4.2). One of another form gives issues. */
export function readContainer(inspection: ContainerInspection): Decoded<ContainerView> {
	const name = inspection.Name.replace(/^\//, '');
	const config = readConfig(inspection);
	const { labels } = config;
	const label = labels['io.balena.service-name'];
	// Its labels identify it, also when it was renamed outside the supervisor: the planner restores its name (decision D1).
	const ids = parseContainerName(name, label) ?? (label === undefined ? undefined : nameParts(label, ['0', '0']));
	const appId = idOf(labels['io.balena.app-id']);
	const serviceId = idOf(labels['io.balena.service-id']);
	if (ids === undefined || appId === undefined || serviceId === undefined) {
		const issues: Issue[] = [];
		const issue = (message: string) => void issues.push({ path: `containers.${name}`, message });
		if (ids === undefined) {
			issue('expected a name like <service>_<image id>_<release id>_<commit>');
		}
		if (appId === undefined) {
			issue('expected a number in label io.balena.app-id');
		}
		if (serviceId === undefined) {
			issue('expected a number in label io.balena.service-id');
		}
		return { ok: false, issues };
	}
	const appUuid = labels['io.balena.app-uuid'];
	const view: ContainerView = {
		containerId: inspection.Id,
		name,
		appId,
		...(appUuid !== undefined && { appUuid }),
		...ids,
		serviceId,
		...readState(inspection),
		engineImageId: inspection.Image,
		config,
		networks: ownNetworksOf(config.networks),
		volumes: volumeNamesOf(config.volumes).filter((volume) => volume !== EXTRA_FIRMWARE_VOLUME),
		anonymousVolumes: readAnonymousVolumes(inspection, config),
	};
	return { ok: true, value: view };
}

/** By path: those that the engine created for it, and those that it took over. */
function readAnonymousVolumes(
	{ Mounts = [] }: ContainerInspection,
	config: ServiceConfig,
): ContainerView['anonymousVolumes'] {
	const paths = anonymousPathsOf(config);
	const volumes = Mounts.flatMap(({ Type, Name = '', Destination }): readonly [string, string][] => {
		const path = cleanPath(Destination);
		return Type === 'volume' && isAnonymousName(Name) && paths.includes(path) ? [[path, Name]] : [];
	});
	return Object.fromEntries(volumes);
}

function readConfig(inspection: ContainerInspection): ServiceConfig {
	const config: Partial<Record<FieldKey, unknown>> = {};
	const asked = readAsked(readLabels(inspection.Config.Labels));
	for (const [key, row] of FIELD_ENTRIES) {
		const value = valueInContainer(key, row, asked, () => row.read(inspection));
		if (value !== undefined) {
			config[key] = value;
		}
	}
	return config as unknown as ServiceConfig; // every key of it, by the table
}

type NameParts = Pick<ContainerView, 'serviceName' | 'imageId' | 'releaseId' | 'commit'>;

/** Prefix of the name of a container that was moved aside, or that waits until its name is free. */
const MOVED: readonly string[] = ['old_', ...TEMPORARY_PREFIXES];

const NAME = /^(?:(.*)_)?(\d+)_(\d+)(?:_(.*?))?$/s;

/**
 * `web_6_7_c0ffee`, `old_web_6_7_c0ffee`, `new_web_6_7_c0ffee`, and the form without a commit. With the service from
 * its label a commit of digits only is read correctly too; the name alone is ambiguous.
 */
function parseContainerName(name: string, serviceName?: string): NameParts | undefined {
	for (const moved of serviceName === undefined ? [] : ['', ...MOVED]) {
		const prefix = `${moved}${serviceName}_`;
		const parts = name.startsWith(prefix) ? /^(\d+)_(\d+)(?:_(.+))?$/s.exec(name.slice(prefix.length)) : null;
		if (serviceName !== undefined && parts !== null) {
			return nameParts(serviceName, parts.slice(1));
		}
	}
	const match = NAME.exec(name);
	return match?.[1] === undefined ? undefined : nameParts(serviceName ?? match[1], match.slice(2));
}

function nameParts(serviceName: string, parts: readonly (string | undefined)[]): NameParts {
	const [imageId, releaseId, commit] = parts;
	return {
		serviceName,
		imageId: Number(imageId),
		releaseId: Number(releaseId),
		...(commit !== undefined && commit !== '' && { commit }),
	};
}

function idOf(label: string | undefined): number | undefined {
	return label !== undefined && /^\d+$/.test(label) ? Number(label) : undefined;
}

/** The value of the engine for "not yet". */
const NEVER = /^0001-01-01T/;
const RUN_STATES: readonly RunState[] = ['created', 'running', 'paused', 'restarting', 'exited', 'dead', 'removing'];

type State = Pick<
	ContainerView,
	'createdAt' | 'startedAt' | 'finishedAt' | 'runState' | 'exitCode' | 'restartCount' | 'stateError' | 'health' | 'pid'
>;

function readState({ Created, State, RestartCount = 0 }: ContainerInspection): State {
	const known = RUN_STATES.find((state) => state === State.Status);
	const health = State.Health?.Status;
	return {
		createdAt: Created,
		...(State.StartedAt !== '' && !NEVER.test(State.StartedAt) && { startedAt: State.StartedAt }),
		...(State.FinishedAt !== '' && !NEVER.test(State.FinishedAt) && { finishedAt: State.FinishedAt }),
		runState: known ?? (State.Running ? 'running' : 'exited'),
		exitCode: State.ExitCode,
		restartCount: RestartCount,
		stateError: State.Error,
		...(health !== undefined && health !== '' && health !== 'none' && { health }),
		...(State.Pid !== undefined && { pid: State.Pid }),
	};
}
