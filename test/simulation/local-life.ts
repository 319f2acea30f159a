import type { TargetApp, TargetDocument } from '../../src/domain/target.ts';
import type { FakeImage } from '../support/fake-engine-objects.ts';
import type { Random } from '../support/random.ts';
import { Scenario } from './scenario.ts';
import type { World } from './world.ts';

type Variables = Readonly<Record<string, string>>;

/** The command line always sends the same id, and no app of a cloud has that. */
const LOCAL_APP = 7;
const BUILT = /^sha256:b.*7{10}$/;
const ON: Variables = { RESIN_SUPERVISOR_LOCAL_MODE: 'true' };
/** Apart from those of the cloud, so that no two releases have one number. */
const FIRST_RELEASE = 1000;

/** Visits of a developer: the cloud switches local mode on and off, and meanwhile the developer sets targets. */
export class LocalLife {
	readonly #world: World;
	readonly #random: Random;
	readonly #scenario: Scenario;
	#isOn = false;

	constructor(world: World, random: Random) {
		this.#world = world;
		this.#random = random;
		this.#scenario = new Scenario(random, world.engine.registry, FIRST_RELEASE);
	}

	/** What the cloud says of local mode. */
	get variables(): Variables {
		return this.#isOn ? ON : {};
	}

	/** Whether the cloud changes its mind. */
	turn(): boolean {
		const changes = this.#random.chance(0.4);
		this.#isOn = changes ? !this.#isOn : this.#isOn;
		return changes;
	}

	leave(): void {
		this.#isOn = false;
	}

	/** What the developer sends, if the device takes it: now and then without saying that local mode stays on. */
	nextTarget(config: Variables): TargetDocument | undefined {
		if (!this.#world.isLocalMode() || !this.#random.chance(0.7)) {
			return undefined;
		}
		const apps = this.#scenario
			.nextTarget()
			.apps.slice(0, 1)
			.map((app) => this.#builtHere(app));
		return { name: 'local', apps, config: { ...config, ...(this.#random.chance(0.85) ? ON : {}) } };
	}

	/** Half of its images are built on the device. */
	#builtHere(app: TargetApp): TargetApp {
		const { release } = app;
		const services = Object.entries(release?.services ?? {}).map(([name, service]) => {
			return [name, this.#random.chance(0.5) ? { ...service, image: this.#build(name) } : service] as const;
		});
		return {
			...app,
			appId: LOCAL_APP,
			appUuid: String(LOCAL_APP),
			...(release && { release: { ...release, services: Object.fromEntries(services) } }),
		};
	}

	#build(name: string): string {
		const { images } = this.#world.engine;
		const reference = `local_image_${name}:latest`;
		const id = `sha256:${`b${this.#random.below(1_000_000)}${name}`.replace(/[^0-9a-f]/g, 'e').padEnd(64, '7')}`;
		for (const image of images.values()) {
			image.tags = image.tags.filter((tag) => tag !== reference);
		}
		images.set(id, { id, tags: [reference], digests: [], config: { Cmd: ['run'], Env: ['PATH=/bin'] } });
		return reference;
	}
}

/** Also when a newer build has taken its tag. */
export function isBuiltHere({ id }: FakeImage): boolean {
	return BUILT.test(id);
}
