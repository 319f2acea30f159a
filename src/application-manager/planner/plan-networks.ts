import type { CurrentApp } from '../../domain/current.ts';
import type { NetworkView } from '../../domain/engine-objects.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { AppSpec } from '../../domain/target.ts';
import { compareNetwork } from '../compose/index.ts';
import type { AppRequests } from './app-requests.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

interface NetworkPlan {
	readonly proposals: readonly Proposal[];
	/** Engine names whose containers have to be removed, because the network is replaced or removed. */
	readonly changing: ReadonlySet<string>;
	/** Engine names that a container cannot use yet. */
	readonly pending: ReadonlySet<string>;
}

/** Removes changed, surplus and duplicate networks once they are unused, and creates new ones (spec: planner 7.1, compose 6). */
export function planNetworks(
	target: AppSpec,
	current: CurrentApp | undefined,
	requests: Pick<AppRequests, 'networks'>,
): NetworkPlan {
	const proposals: Proposal[] = [];
	const changing = new Set<string>();
	const pending = new Set<string>();
	const kept = new Set<string>();
	const wanted = new Map(target.networks.map((network) => [network.engineName, network]));
	for (const network of current?.networks ?? []) {
		const spec = wanted.get(network.engineName);
		const differences = spec === undefined ? [] : compareNetwork(network, spec);
		const duplicate = kept.has(network.engineName);
		const isAsked = requests.networks.has(network.networkId);
		if (spec !== undefined && differences.length === 0 && !duplicate && !isAsked) {
			kept.add(network.engineName);
			continue;
		}
		changing.add(network.engineName);
		const reason =
			spec === undefined
				? 'network not in the target'
				: duplicate
					? 'network is there twice'
					: isAsked
						? 'purge requested'
						: `network differs: ${differences.map((d) => d.field).join(', ')}`;
		proposals.push(proposeRemoval({ appId: target.appId, network, reason, current }));
	}
	for (const network of target.networks) {
		if (kept.has(network.engineName) && !changing.has(network.engineName)) {
			continue;
		}
		pending.add(network.engineName);
		if (!changing.has(network.engineName)) {
			proposals.push(
				propose(
					{ kind: 'createNetwork', appId: target.appId, network },
					{ reason: 'network missing', writes: [resources.network(target.appId, network.engineName)] },
				),
			);
		}
	}
	return { proposals, changing, pending };
}

export function proposeRemoval(options: {
	readonly appId: number;
	readonly network: NetworkView;
	readonly reason: string;
	readonly current: CurrentApp | undefined;
}): Proposal {
	const { appId, network } = options;
	const user = options.current?.containers.find((container) => container.networks.includes(network.engineName));
	return propose(
		{
			kind: 'removeNetwork',
			appId,
			networkId: network.networkId,
			name: network.engineName,
			networkName: network.networkName,
		},
		{
			reason: options.reason,
			writes: [resources.network(appId, network.engineName)],
			because:
				user === undefined
					? undefined
					: { kind: 'container', serviceName: user.serviceName, containerId: user.containerId },
		},
	);
}
