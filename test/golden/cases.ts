import type { TargetDocument, TargetService } from '../../src/domain/target.ts';
import type { World } from '../simulation/world.ts';

export interface GoldenCase {
	/** A sentence about the device; also the name of the file. */
	readonly name: string;
	/** The check in the specification, where there is one, as one would look for it. */
	readonly check?: `${string} #${number}`;
	/** What the device is like, before the supervisor starts. */
	readonly setup?: (world: World) => void;
	readonly before?: TargetDocument;
	/** A change outside the supervisor, between the two targets. */
	readonly meddle?: (world: World) => void;
	readonly after: TargetDocument;
	/** What happens after the second target came. Time passes on its own when it has ended. */
	readonly during?: (world: World) => Promise<void>;
}

export interface ServiceOptions {
	readonly version?: number;
	readonly running?: boolean;
	readonly environment?: Readonly<Record<string, string>>;
	readonly composition?: Readonly<Record<string, unknown>>;
	readonly labels?: Readonly<Record<string, string>>;
}

function service(name: string, id: number, release: number, options: ServiceOptions): TargetService {
	const digest = `sha256:${Buffer.from(`${name}@${options.version ?? 1}`).toString('hex').padEnd(64, '0')}`;
	return {
		serviceId: id,
		imageId: release * 10 + id,
		image: `registry.example.com/${name}@${digest}`,
		running: options.running ?? true,
		environment: options.environment ?? {},
		labels: options.labels ?? {},
		composition: options.composition ?? {},
	};
}

export function target(
	release: number,
	services: Readonly<Record<string, ServiceOptions>>,
	parts: { readonly networks?: Readonly<Record<string, unknown>>; readonly volumes?: Readonly<Record<string, unknown>> } = {},
): TargetDocument {
	return {
		name: 'golden',
		config: {},
		apps: [
			{
				appId: 1,
				appUuid: 'a0a1',
				appName: 'app',
				class: 'fleet',
				isHost: false,
				rejected: false,
				release: {
					releaseId: release,
					commit: `c${release}`,
					services: Object.fromEntries(
						Object.entries(services).map(([name, options], n) => [name, service(name, n + 1, release, options)]),
					),
					networks: parts.networks ?? {},
					volumes: parts.volumes ?? {},
				},
			},
		],
	};
}

/** The registry has them. */
export function serveImages(world: World, { apps }: TargetDocument): void {
	for (const { image } of apps.flatMap((app) => Object.values(app.release?.services ?? {}))) {
		const digest = image.slice(image.lastIndexOf(':') + 1);
		world.engine.registry.set(image, { id: `sha256:f${digest.slice(1)}`, config: { Cmd: ['run'] } });
	}
}

const last = target(5, { a: {}, e: {} });
export const nothing: TargetDocument = { name: 'golden', config: {}, apps: [] };
const removeContainer = (name: string) => (world: World) => {
	for (const container of world.engine.containers.values()) {
		if (container.name.startsWith(`${name}_`)) {
			world.engine.containers.delete(container.id);
		}
	}
};
const stopContainer = (name: string) => (world: World) => {
	for (const container of world.engine.containers.values()) {
		if (container.name.startsWith(`${name}_`)) {
			world.engine.stopByHand(container.id);
		}
	}
};
/** As the intake of targets leaves it when a contract is not met. */
const rejected = (document: TargetDocument): TargetDocument => ({
	...document,
	apps: document.apps.map((app) => ({ ...app, rejected: true })),
});
const dataVolume = { composition: { volumes: ['v:/data'] } };

export const cases: readonly GoldenCase[] = [
	{ name: 'fresh install of two services with a volume', check: 'planner #1', after: target(1, { a: dataVolume, b: {} }, { volumes: { v: {} } }) },
	{ name: 'a service starts after the one it depends on', check: 'planner #2', after: target(1, { a: {}, b: { composition: { depends_on: ['a'] } } }) },
	{
		name: 'services that depend on each other are both started',
		check: 'planner #3',
		after: target(1, { a: { composition: { depends_on: ['b'] } }, b: { composition: { depends_on: ['a'] } } }),
	},
	{ name: 'an unknown dependency does not block', check: 'planner #4', after: target(1, { a: { composition: { depends_on: ['z'] } } }) },
	{
		name: 'the old container is kept until the new image is here',
		check: 'planner #5',
		before: target(1, { a: {} }),
		after: target(2, { a: { version: 2 } }),
	},
	{
		name: 'a new release of the same content only renames',
		check: 'planner #10',
		before: target(1, { a: {}, b: {} }),
		after: target(2, { a: {}, b: {} }),
	},
	{
		name: 'one changed service of two replaces only that one',
		before: target(1, { a: {}, b: {} }),
		after: target(1, { a: { environment: { LEVEL: '2' } }, b: {} }),
	},
	{
		name: 'a service takes over the port of one that is gone',
		check: 'planner #22',
		before: target(1, { x: { composition: { ports: ['80:80'] } } }),
		after: target(2, { y: { composition: { ports: ['80:80'] } } }),
	},
	{
		name: 'a network that is dropped goes after its users',
		check: 'planner #23',
		before: target(1, { a: { composition: { networks: ['n'] } } }, { networks: { n: {} } }),
		after: target(2, { a: {} }),
	},
	{
		name: 'a network that changes is replaced with its users',
		check: 'planner #24',
		before: target(1, { a: { composition: { networks: ['n'] } } }, { networks: { n: {} } }),
		after: target(2, { a: { composition: { networks: ['n'] } } }, { networks: { n: { labels: { x: '1' } } } }),
	},
	{
		name: 'a volume that differs is kept',
		check: 'planner #25',
		before: target(1, { a: dataVolume }, { volumes: { v: {} } }),
		after: target(2, { a: dataVolume }, { volumes: { v: { labels: { x: '1' } } } }),
	},
	{
		name: 'a volume that is dropped is kept',
		check: 'planner #26',
		before: target(1, { a: dataVolume }, { volumes: { v: {} } }),
		after: target(2, { a: {} }),
	},
	{
		name: 'an app that leaves takes its containers, networks, volumes and images along',
		check: 'planner #27',
		before: target(1, { a: dataVolume }, { volumes: { v: {} } }),
		after: nothing,
	},
	{ name: 'a service that is not to run is stopped and kept', check: 'planner #35', before: target(1, { a: {} }), after: target(1, { a: { running: false } }) },
	{ name: 'a service that is not to run is created and not started', check: 'planner #36', after: target(1, { a: { running: false } }) },
	{
		name: 'a container removed by hand is created again',
		before: target(1, { a: {}, b: {} }),
		meddle: removeContainer('a'),
		after: target(1, { a: {}, b: {} }),
	},
	{
		name: 'a container stopped by hand is started again',
		before: target(1, { a: {} }),
		meddle: stopContainer('a'),
		after: target(1, { a: {} }),
	},
	{
		name: 'a job that has ended stays ended',
		check: 'planner #37',
		before: target(1, { a: { composition: { restart: 'no' } } }),
		meddle: stopContainer('a'),
		after: target(1, { a: { composition: { restart: 'no' } } }),
	},
	{
		name: 'the volume of extra firmware comes before every app',
		meddle: (world) => {
			world.engine.volumes.delete('extra-firmware');
			world.extraFirmwareSet = false;
		},
		after: target(1, { a: {} }),
	},
	{
		name: 'an app whose needs are not met stays as it was',
		check: 'planner #29',
		before: target(1, { a: {} }),
		after: rejected(target(2, { a: { version: 2 } })),
	},
	{
		name: 'of targets that come during a download only the last counts, and the download is broken off',
		check: 'planner #57',
		setup: (world) => {
			serveImages(world, last);
			world.engine.faults = { ...world.engine.faults, latencyMs: (call) => (call === 'pull' ? 5000 : 5) };
		},
		before: target(1, { a: {} }),
		after: target(2, { a: {}, b: {} }),
		during: async (world) => {
			await world.clock.advance(1000);
			world.systemLog.write('=== three more targets');
			for (const next of [target(3, { a: {}, c: {} }), target(4, { a: {}, d: {} }), last]) await world.targets.replace(next);
		},
	},
	{
		name: 'a bad port leaves the app as it was',
		check: 'planner #65',
		before: target(1, { a: {} }),
		after: target(2, { a: { version: 2, composition: { ports: ['80-85:80-81'] } } }),
	},
];
