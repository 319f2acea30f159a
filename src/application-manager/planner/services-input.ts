import type { KeptVolume } from '../../domain/engine-objects.ts';
import type { ContainerView } from '../../domain/service.ts';
import type { AppSpec } from '../../domain/target.ts';
import type { DeviceFacts } from './app-facts.ts';
import type { AppRequests } from './app-requests.ts';

/** The input for planning the containers of an app. */
export interface ServicesInput {
	readonly appId: number;
	readonly target: AppSpec;
	readonly containers: readonly ContainerView[];
	/** Engine names of networks and volumes whose containers have to be removed. */
	readonly changingNetworks: ReadonlySet<string>;
	readonly changingVolumes: ReadonlySet<string>;
	/** Engine names of objects that a container cannot use yet. */
	readonly pendingNetworks: ReadonlySet<string>;
	readonly pendingVolumes: ReadonlySet<string>;
	readonly requests: AppRequests;
	/** Anonymous volumes of containers of this app that are gone, oldest first (decision D23). */
	readonly keptVolumes: readonly KeptVolume[];
	readonly facts: DeviceFacts;
}
