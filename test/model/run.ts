import type { Dependency, UpdateStrategy } from '../../src/domain/service.ts';
import type { ConfigRun } from './device-config.ts';
import type { HostRun } from './host-os.ts';
import { SVCS, type Svc } from './state.ts';

/** How the two releases differ in one service. */
type Flavour = 'changed' | 'same' | 'added' | 'dropped';

interface ServiceRun {
	readonly flavour: Flavour;
	readonly strategy: UpdateStrategy;
	/** That of release 1. */
	readonly before: UpdateStrategy;
	readonly running: boolean;
	readonly dependsOn: readonly Dependency[];
	/** Has a health check. */
	readonly isChecked: boolean;
	/** Ends by itself, and is not started again. */
	readonly isJob: boolean;
	readonly requiresReboot: boolean;
	/** Shares the network of service a. */
	readonly joins: boolean;
	/** Publishes port 80, by release. */
	readonly port: readonly (1 | 2)[];
}

type RequestShape = 'none' | 'restartApp' | 'purgeApp' | 'stopService' | 'restartService';

/** What stays as it is while one graph of states is explored. */
export interface Run {
	readonly name: string;
	readonly services: Readonly<Record<Svc, ServiceRun>>;
	readonly target: 'ready' | 'rejected' | 'absent';
	readonly unreadable: boolean;
	/** What was asked for in the beginning. */
	readonly request: RequestShape;
	readonly force: boolean;
	/** Release 1 has a network that release 2 has not. */
	readonly dropsNetwork: boolean;
	readonly keepImages: boolean;
	/** Service a has a volume without a name. */
	readonly anonymous: boolean;
	/** The engine ends, and comes back. */
	readonly engineEnds: boolean;
	/** Absent: the target asks nothing of the device itself. */
	readonly config?: ConfigRun;
	/** Absent: the target has no host app. */
	readonly host?: HostRun;
	/** Left out of `npm test`, which has a minute and a half for everything. */
	readonly isThorough?: boolean;
}

const plain: ServiceRun = {
	flavour: 'changed',
	strategy: 'download-then-kill',
	before: 'download-then-kill',
	running: true,
	dependsOn: [],
	isChecked: false,
	isJob: false,
	requiresReboot: false,
	joins: false,
	port: [],
};

export const dependsOnA = (condition: Dependency['condition'] = 'service_started'): readonly Dependency[] => [
	{ service: 'a', condition, required: true },
];

type RunOptions = Partial<Omit<Run, 'name' | 'services'>> & Partial<Record<Svc, Partial<ServiceRun>>>;

/** Service b depends on a by default. */
export function runOf(name: string, options: RunOptions): Run {
	const { a, b, c, ...rest } = options;
	return {
		name,
		target: 'ready',
		unreadable: false,
		request: 'none',
		force: false,
		dropsNetwork: false,
		keepImages: false,
		anonymous: false,
		engineEnds: false,
		...rest,
		services: {
			a: { ...plain, ...a },
			b: { ...plain, dependsOn: dependsOnA(), ...b },
			// A service that shares a network depends on its owner (spec: compose).
			c: { ...plain, flavour: 'same', dependsOn: c?.joins === true ? dependsOnA() : [], ...c },
		},
	};
}

export function isWanted(run: Run, svc: Svc): boolean {
	return run.target === 'ready' && run.services[svc].flavour !== 'dropped';
}

export function wantedSvcs(run: Run): readonly Svc[] {
	return SVCS.filter((svc) => isWanted(run, svc));
}

/** The image that a release has for a service. */
export function contentOf(run: Run, svc: Svc, release: 1 | 2): 'old' | 'new' {
	return release === 2 || run.services[svc].flavour === 'same' ? 'new' : 'old';
}

/** Spec: planner 8. */
export function killsBeforeDownload(strategy: UpdateStrategy): boolean {
	return strategy === 'kill-then-download' || strategy === 'delete-then-download';
}
