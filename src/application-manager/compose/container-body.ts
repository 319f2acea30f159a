import { containerNameOf, type ServiceConfig, type ServiceSpec } from '../../domain/service.ts';
import { carryVolumes } from './anonymous-volumes.ts';
import { deviceNameList, environmentList } from './environment.ts';
import { writeField } from './field-row.ts';
import { FIELD_ENTRIES } from './field-table.ts';
import { engineMode, NAMESPACE_FIELDS, type NamespaceField } from './namespaces.ts';
import { endpointBody } from './service-networks.ts';

export type ContainerBody =
	| {
			readonly ok: true;
			readonly name: string;
			readonly body: object;
			/** Joined after create and before start, each with one connect call. */
			readonly extraNetworks: readonly { readonly network: string; readonly endpoint: object }[];
	  }
	| { readonly ok: false; readonly message: string };

const NAMESPACES = Object.entries(NAMESPACE_FIELDS) as readonly (readonly [NamespaceField, string])[];

/** The create call (spec: compose 3). It sends empty values, so that the engine does not take those of the image. */
export function containerBody(
	spec: ServiceSpec,
	facts: {
		readonly deviceName: string;
		/** The app's containers by service name. */
		readonly containerIds: ReadonlyMap<string, string>;
		/** Volumes without a name that the container takes over, by path in the container (decision D23). */
		readonly anonymousVolumes?: ReadonlyMap<string, string>;
		/** A temporary name while another container has its name. */
		readonly name?: string;
	},
): ContainerBody {
	const { config, identity } = spec;
	if (facts.deviceName.includes('\n')) {
		const message = 'The device name contains a newline, which is unsupported by balena. Please fix the device name';
		return { ok: false, message };
	}
	const modes: Partial<Record<NamespaceField, string>> = {};
	for (const [field, compose] of NAMESPACES) {
		const mode = engineMode(config[field], facts.containerIds);
		if (mode === undefined) {
			return { ok: false, message: `No container for ${compose}: '${config[field]}'` };
		}
		modes[field] = mode;
	}
	const volumes = carryVolumes(config, facts.anonymousVolumes ?? new Map());
	const written: ServiceConfig = { ...config, ...modes, volumes };
	const body: Record<string, unknown> = {};
	for (const [key, row] of FIELD_ENTRIES) {
		writeField(row, written[key], body);
	}
	body['Env'] = [...deviceNameList(facts.deviceName), ...environmentList(config.environment)];
	body['NetworkingConfig'] = { EndpointsConfig: mainEndpoint(config) };
	return { ok: true, name: facts.name ?? containerNameOf(identity), body, extraNetworks: extraNetworksOf(config) };
}

/** The create call takes one network: that of the mode. */
function mainEndpoint({ networkMode, networks }: ServiceConfig): object {
	const network = networks[networkMode];
	return network === undefined ? {} : { [networkMode]: endpointBody(network) };
}

function extraNetworksOf({ networkMode, networks }: ServiceConfig) {
	return Object.entries(networks)
		.filter(([name]) => name !== networkMode)
		.map(([network, config]) => ({ network, endpoint: endpointBody(config) }));
}
