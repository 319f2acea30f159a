import type { CurrentApp, CurrentHost, CurrentState } from '../../domain/current.ts';
import type { CurrentConfig } from '../../domain/device-config.ts';
import type { ContainerView } from '../../domain/service.ts';

/** A device as it will be observed, if every step until then does what it is for. */
export interface Predicted {
	readonly current: CurrentState;
	/** Of objects that steps have made: names and times of later ones are others. */
	readonly made: number;
}

export function withCurrent(state: Predicted, changes: Partial<CurrentState>): Predicted {
	return { ...state, current: { ...state.current, ...changes } };
}

export function withHost(state: Predicted, changes: Partial<CurrentHost & CurrentConfig>): Predicted {
	return withCurrent(state, { host: { ...state.current.host, ...changes } });
}

/** Also of an app that the device does not have yet. */
export function changeApp(state: Predicted, appId: number, change: (app: CurrentApp) => CurrentApp): Predicted {
	const { apps } = state.current;
	const known = apps.some((app) => app.appId === appId);
	const all = known ? apps : [...apps, { appId, containers: [], networks: [], volumes: [] }];
	return withCurrent(state, { apps: all.map((app) => (app.appId === appId ? change(app) : app)) });
}

interface ContainerPlace {
	readonly appId: number;
	readonly containerId: string;
}

export function changeContainer(
	state: Predicted,
	{ appId, containerId }: ContainerPlace,
	changes: Partial<ContainerView>,
): Predicted {
	return changeApp(state, appId, (app) => ({
		...app,
		containers: app.containers.map((container) =>
			container.containerId === containerId ? { ...container, ...changes } : container,
		),
	}));
}

export function findContainer(
	{ current }: Predicted,
	{ appId, containerId }: ContainerPlace,
): ContainerView | undefined {
	return current.apps
		.find((app) => app.appId === appId)
		?.containers.find((container) => container.containerId === containerId);
}

const SECOND_MS = 1000;
/** Later than anything that the engine has shown. */
const FUTURE = Date.UTC(3000, 0, 1);

/** Counts one more object: its number, and a time after all earlier ones (ISO 8601, UTC). */
export function makeNext(state: Predicted): { readonly state: Predicted; readonly n: number; readonly at: string } {
	const n = state.made + 1;
	return { state: { ...state, made: n }, n, at: new Date(FUTURE + n * SECOND_MS).toISOString() };
}
