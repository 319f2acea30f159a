import type { DeviceMapping, DeviceRequest, ServiceConfig, Ulimit } from '../../domain/service.ts';
import type { ContainerInspection } from '../../ports/engine.ts';
import { sameCapabilities } from './compare-values.ts';
import { environmentList, parseEnvironment, readEnvironment } from './environment.ts';
import {
	bytesField,
	flagField,
	imageTextField,
	integerField,
	listField,
	textField,
	textOrListField,
	truthField,
} from './field-kinds.ts';
import { decodeFlag, decodeNumber, decodeText, decodeTexts, simpleField, type FieldRow } from './field-row.ts';
import {
	hasBareDuration,
	healthcheckAsV19,
	healthcheckBody,
	isSameHealthcheck,
	mergeHealthcheck,
	parseHealthcheck,
	readHealthcheck,
} from './healthcheck.ts';
import { normaliseLabels, parseLabels, readLabels } from './labels.ts';
import { mountBodies, mountsAsV19, parseMounts, readMounts } from './mounts.ts';
import { parseCommand } from './parse-command.ts';
import { gracePeriodAsV19, parseGracePeriod } from './parse-duration.ts';
import {
	devicesAsV19,
	isSelinuxLabel,
	parseDevices,
	parseExtraHosts,
	parseSecurityOptions,
	parseSysctls,
} from './parse-list.ts';
import {
	cleanPath,
	parseDirectory,
	parseFlag,
	parseInteger,
	parseProcessors,
	parseText,
	parseTruth,
} from './parse-scalar.ts';
import { parsePorts, portBodies, readPorts } from './ports.ts';
import { isShortIdOf, parseNetworkMode, parseServiceNetworks, readServiceNetworks } from './service-networks.ts';
import { parseMode } from './namespaces.ts';
import { NEW_FIELDS } from './new-fields.ts';
import type { Place } from './place.ts';
import { parseRestart, readRestart, restartAsV19, restartBody } from './restart.ts';
import { parseTmpfs, readTmpfs, tmpfsBody } from './tmpfs.ts';
import { parseUlimits, readUlimits, ulimitBodies } from './ulimits.ts';

const MIB = 1024 * 1024;
/** `container-body.ts` replaces `service:`. */
const NAMESPACE = {
	accepts: 'text, service:<name> included',
	parse: parseMode,
	compare: 'apart',
	compared: 'equal; a shared namespace by the container that it belongs to',
} as const;
const ANY_CASE = 'in any order, with or without CAP_';

/**
 * All fields of a service (spec: compose 2.3). To add one, add it to `ServiceConfig`, its row here, and vectors; the
 * compiler requires the row. `compose-service.ts` decides what several fields decide together: environment, labels,
 * volumes and networks depend on more than the composition.
 */
export const FIELDS: { readonly [K in keyof ServiceConfig]-?: FieldRow<ServiceConfig[K]> } = {
	image: simpleField<string>({
		compose: 'image',
		accepts: 'text; the image of the target service is what counts',
		parse: parseText,
		engine: 'Image',
		byDefault: '',
		decode: decodeText,
		whenAbsent: '',
	}),
	running: {
		compose: 'running',
		accepts: 'true or false',
		parse: parseFlag,
		byDefault: () => true,
		engine: [],
		encode: () => [],
		read: ({ State }) => State.Running,
		compare: 'never', // the planner starts and stops
		compared: 'no: the planner starts and stops',
		since: 'v19',
	},
	command: commandField('command', 'Cmd'),
	entrypoint: commandField('entrypoint', 'Entrypoint'),
	environment: {
		compose: 'environment',
		accepts: 'map or list of KEY=VALUE',
		parse: parseEnvironment,
		byDefault: () => ({}),
		engine: ['Env'],
		encode: (environment) => [environmentList(environment)],
		read: ({ Config }) => readEnvironment(Config['Env']),
		compare: 'apart', // values are hidden
		compared: 'each variable by itself, its value hidden',
		since: 'fix C11',
	},
	labels: {
		compose: 'labels',
		accepts: 'map or list of KEY=VALUE',
		parse: parseLabels,
		byDefault: () => ({}),
		engine: ['Labels'],
		encode: (labels) => [labels],
		read: ({ Config }) => normaliseLabels(readLabels(Config.Labels)),
		compare: 'equal',
		since: 'fix C11',
	},
	workingDir: simpleField<string>({
		compose: 'workingDir',
		accepts: 'path',
		parse: parseDirectory,
		engine: 'WorkingDir',
		byDefault: '',
		fromImage: (image) => cleanPath(decodeText(image['WorkingDir']) ?? ''),
		decode: (raw) => cleanPath(decodeText(raw) ?? ''),
		whenAbsent: '',
	}),
	user: imageTextField('user', 'User'),
	stopSignal: { ...imageTextField('stopSignal', 'StopSignal', 'SIGTERM'), read: readStopSignal },
	stopGracePeriod: simpleField<number>({
		compose: 'stopGracePeriod',
		accepts: 'duration',
		parse: parseGracePeriod,
		asV19: gracePeriodAsV19,
		engine: 'StopTimeout',
		byDefault: 10,
		decode: decodeNumber,
		whenAbsent: 10,
	}),
	healthcheck: {
		compose: 'healthcheck',
		accepts: 'map: test, interval, timeout, start_period, start_interval, retries, disable',
		parse: (value, place, { image }) => mergeHealthcheck(parseHealthcheck(value, place), image['Healthcheck']),
		asV19: (value, { image }) =>
			hasBareDuration(value) ? mergeHealthcheck(healthcheckAsV19(value), image['Healthcheck']) : undefined,
		byDefault: (image) => mergeHealthcheck(undefined, image['Healthcheck']),
		engine: ['Healthcheck'],
		encode: (healthcheck) => [healthcheckBody(healthcheck)],
		read: ({ Config }) => readHealthcheck(Config['Healthcheck']),
		compare: isSameHealthcheck,
		compared: 'equal; an engine before API 1.44 does not keep start_interval, which is no difference',
		since: 'fix C5',
	},
	restart: simpleField<string>({
		compose: 'restart',
		accepts: 'no, always, on-failure, on-failure:<restarts> or unless-stopped',
		parse: parseRestart,
		asV19: restartAsV19,
		engine: 'HostConfig.RestartPolicy',
		byDefault: 'always',
		encode: restartBody,
		decode: readRestart,
		whenAbsent: 'always',
	}),
	tty: truthField('tty', 'Tty', true),
	init: simpleField<boolean | undefined>({
		compose: 'init',
		accepts: 'anything, taken as true or false',
		parse: parseTruth,
		engine: 'HostConfig.Init',
		byDefault: undefined,
		decode: decodeFlag,
		whenAbsent: undefined,
	}),
	privileged: flagField('privileged', 'HostConfig.Privileged'),
	readOnly: truthField('readOnly', 'HostConfig.ReadonlyRootfs'),
	oomKillDisable: simpleField<boolean | undefined>({
		compose: 'oomKillDisable',
		accepts: 'anything, taken as true or false',
		parse: parseTruth,
		engine: 'HostConfig.OomKillDisable',
		byDefault: false,
		decode: decodeFlag,
		whenAbsent: undefined,
		compare: (current, target) => current === undefined || current === target,
		compared: 'equal, unless the engine cannot do it (cgroup v2)',
		since: 'fix C18',
	}),
	oomScoreAdj: integerField('oomScoreAdj', 'HostConfig.OomScoreAdj'),
	cpuShares: integerField('cpuShares', 'HostConfig.CpuShares'),
	cpuQuota: integerField('cpuQuota', 'HostConfig.CpuQuota'),
	cpus: {
		...integerField('cpus', 'HostConfig.NanoCpus'),
		accepts: 'number',
		parse: parseProcessors,
		read: () => 0,
		compare: 'never',
		compared: 'no: a change alone does not create the container again',
	},
	cpuset: textField('cpuset', 'HostConfig.CpusetCpus'),
	memLimit: bytesField('memLimit', 'HostConfig.Memory'),
	memReservation: bytesField('memReservation', 'HostConfig.MemoryReservation'),
	shmSize: bytesField('shmSize', 'HostConfig.ShmSize', 64 * MIB),
	pidsLimit: { ...integerField('pidsLimit', 'HostConfig.PidsLimit'), parse: parseLimit, since: 'fix C18' },
	capAdd: { ...listField('capAdd', 'HostConfig.CapAdd'), compare: sameCapabilities, compared: ANY_CASE },
	capDrop: { ...listField('capDrop', 'HostConfig.CapDrop'), compare: sameCapabilities, compared: ANY_CASE },
	devices: simpleField<readonly DeviceMapping[]>({
		compose: 'devices',
		accepts: 'list of host[:container][:permissions] or {source, target, permissions}',
		parse: parseDevices,
		asV19: devicesAsV19,
		engine: 'HostConfig.Devices',
		byDefault: [],
		// The engine's own records, which are only compared.
		decode: (raw) => (Array.isArray(raw) ? (raw as readonly DeviceMapping[]) : undefined),
		whenAbsent: [],
		compare: 'unordered',
	}),
	deviceRequests: {
		accepts: 'nothing: set by `gpus`, `deploy` and the gpu label',
		parse: () => undefined,
		byDefault: () => [],
		engine: ['HostConfig.DeviceRequests'],
		encode: (requests) => [requests],
		// The engine's own records, which are only compared.
		read: ({ HostConfig }) => (HostConfig['DeviceRequests'] ?? []) as readonly DeviceRequest[],
		compare: 'equal',
		since: 'v19',
	},
	dns: textOrListField('dns', 'HostConfig.Dns', 'equal'),
	dnsSearch: textOrListField('dnsSearch', 'HostConfig.DnsSearch', 'equal'),
	dnsOpt: listField('dnsOpt', 'HostConfig.DnsOptions'),
	extraHosts: {
		...listField('extraHosts', 'HostConfig.ExtraHosts'),
		accepts: 'list of host:address or host=address, or map of host to address or addresses',
		parse: parseExtraHosts,
	},
	groupAdd: { ...listField('groupAdd', 'HostConfig.GroupAdd'), accepts: 'list of names or numbers' },
	securityOpt: {
		...listField('securityOpt', 'HostConfig.SecurityOpt'),
		parse: parseSecurityOptions,
		read: ({ HostConfig }) =>
			(decodeTexts(HostConfig['SecurityOpt']) ?? []).filter((option) => !isSelinuxLabel(option)),
	},
	sysctls: simpleField<Readonly<Record<string, string>>>({
		compose: 'sysctls',
		accepts: 'map or list of key=value',
		parse: parseSysctls,
		engine: 'HostConfig.Sysctls',
		byDefault: {},
		decode: readLabels,
		whenAbsent: {},
	}),
	ulimits: simpleField<Readonly<Record<string, Ulimit>>>({
		compose: 'ulimits',
		accepts: 'map of name to number or {soft, hard}',
		parse: parseUlimits,
		engine: 'HostConfig.Ulimits',
		byDefault: {},
		encode: ulimitBodies,
		decode: readUlimits,
		whenAbsent: {},
		since: 'fix C18',
	}),
	tmpfs: simpleField<readonly string[]>({
		compose: 'tmpfs',
		accepts: 'text or list of path[:options]',
		parse: parseTmpfs,
		engine: 'HostConfig.Tmpfs',
		byDefault: [],
		encode: tmpfsBody,
		decode: readTmpfs,
		whenAbsent: [],
		compare: 'unordered',
		since: 'fix C19',
	}),
	volumes: {
		compose: 'volumes',
		accepts: 'list of name:path[:mode], paths, or the long form without binds',
		parse: (value, place, { appId }) => parseMounts(value, place, appId),
		asV19: (value, { appId }) => mountsAsV19(value, appId),
		byDefault: () => [],
		engine: ['HostConfig.Binds', 'HostConfig.Mounts', 'Volumes'],
		encode: (mounts) => {
			const { Binds, Mounts, Volumes } = mountBodies(mounts);
			return [Binds, Mounts, Volumes];
		},
		read: ({ Config, HostConfig }) => readMounts(HostConfig['Binds'], Config['Volumes'], HostConfig['Mounts']),
		compare: 'unordered',
		since: 'fix C4',
	},
	portMaps: {
		compose: 'ports',
		accepts: 'list of [[host:][external]:]internal[/protocol], ranges, or the long form; protocols tcp, udp, sctp',
		parse: parsePorts,
		byDefault: () => [],
		engine: ['ExposedPorts', 'HostConfig.PortBindings'],
		encode: (ports) => {
			const { ExposedPorts, PortBindings } = portBodies(ports);
			return [ExposedPorts, PortBindings];
		},
		read: ({ HostConfig }) => readPorts(HostConfig['PortBindings']),
		compare: 'equal',
		compared: 'equal after neighbours are joined to ranges',
		since: 'fix C1',
	},
	networkMode: {
		compose: 'networkMode',
		accepts: 'host, bridge, none, service:<name> or the name of a network',
		parse: parseNetworkMode,
		byDefault: () => '', // the first network: see compose-service.ts
		engine: ['HostConfig.NetworkMode'],
		encode: (mode) => [mode], // `service:` is replaced in container-body.ts
		read: ({ HostConfig }) => decodeText(HostConfig['NetworkMode']) ?? '',
		compare: 'apart',
		compared: 'equal; a shared network by the container that it belongs to',
		since: 'fix C8',
	},
	networks: {
		compose: 'networks',
		accepts: 'list of names, or map of name to aliases and addresses',
		parse: parseServiceNetworks,
		byDefault: () => ({}),
		engine: ['NetworkingConfig.EndpointsConfig'],
		encode: () => [{}], // the create call takes only one network: see container-body.ts
		read: ({ Id, NetworkSettings }) => readServiceNetworks(NetworkSettings.Networks, Id),
		compare: 'apart',
		compared: 'each of the target’s networks, aliases and addresses is there; further ones do not count',
		since: 'fix C16',
	},
	hostname: {
		...textField('hostname', 'Hostname'),
		read: ({ Id, Config }) => {
			const hostname = decodeText(Config['Hostname']) ?? '';
			return isShortIdOf(Id, hostname) ? '' : hostname;
		},
		compare: 'apart', // together with the network mode
		compared: 'equal, unless the network is shared',
	},
	domainname: textField('domainname', 'Domainname'),
	macAddress: textField('macAddress', 'MacAddress'),
	pid: { ...textField('pid', 'HostConfig.PidMode'), ...NAMESPACE },
	ipc: { ...textField('ipc', 'HostConfig.IpcMode', 'shareable'), ...NAMESPACE },
	usernsMode: textField('usernsMode', 'HostConfig.UsernsMode'),
	cgroupParent: textField('cgroupParent', 'HostConfig.CgroupParent'),
	...NEW_FIELDS,
};

function commandField(compose: string, engine: string): FieldRow<readonly string[]> {
	return simpleField<readonly string[]>({
		compose,
		accepts: 'text, split as a shell would, or list',
		parse: parseCommand,
		engine,
		byDefault: [],
		fromImage: (image) => decodeTexts(image[engine]),
		decode: decodeTexts,
		whenAbsent: [],
		compared: 'equal, or what version 19 made of the same text',
		since: 'fix C6',
	});
}

function readStopSignal({ Config }: ContainerInspection): string {
	return decodeText(Config['StopSignal']) || 'SIGTERM';
}

/** The engine takes zero and less for "no limit", and shows no value for them. */
function parseLimit(value: unknown, place: Place): number | undefined {
	return Math.max(0, parseInteger(value, place) ?? 0);
}

export type FieldKey = keyof ServiceConfig;

/** The rows with their keys, for going through all fields. */
export const FIELD_ENTRIES = Object.entries(FIELDS) as readonly (readonly [FieldKey, FieldRow<unknown>])[];

const KEY_BY_COMPOSE: Readonly<Record<string, FieldKey>> = Object.fromEntries(
	FIELD_ENTRIES.flatMap(([key, { compose }]) => (compose === undefined ? [] : [[compose, key]])),
);

/** The field that a compose key in camel case sets. */
export function fieldOfCompose(compose: string): FieldKey | undefined {
	return Object.hasOwn(KEY_BY_COMPOSE, compose) ? KEY_BY_COMPOSE[compose] : undefined;
}
