import type { TargetApp, TargetDocument } from '../../src/domain/target.ts';
import type { Random } from '../support/random.ts';
import type { World } from './world.ts';

const UPDATER = `registry.example.com/updater@sha256:${'7'.repeat(64)}`;
const STOPS = ['stopContainer', 'restartContainer'];
const ATTEMPTS_MAX = 3;
const UNIT_MS_MAX = 40_000;
/** Another one cannot start between this and the call. */
const { signal: NEVER } = new AbortController();

/**
 * A host whose OS the targets of one seed update: updaters that take their time and fail, systems that roll back. Judges
 * what must never happen to such a host, without code of the supervisor (spec: host-update 3).
 */
export class HostLife {
	readonly faults: string[] = [];
	readonly #world: World;
	readonly #random: Random;
	#release = 0;
	#wanted: TargetApp | undefined;
	#isCalm = false;
	/** Starts of updaters, by release. */
	readonly #starts = new Map<string, number>();
	/** The build that the next boot brings. */
	#installed: string | undefined;

	constructor(world: World, random: Random) {
		this.#world = world;
		this.#random = random;
		world.engine.registry.set(UPDATER, { id: `sha256:${'7'.repeat(64)}`, config: { Cmd: ['-'] } });
		world.hostOs.onStart = () => {
			this.#started();
		};
		world.hostOs.onRefusal = () => {
			this.faults.push('an updater is started beside one that runs');
		};
		world.hostOs.isGoingDown = () => world.host.asked.length > 0;
		this.#judgeReboots();
	}

	/** Another release now and then, and sometimes none. */
	withHostApp(target: TargetDocument): TargetDocument {
		if (this.#wanted === undefined || this.#random.chance(0.4)) {
			this.#wanted = this.#nextApp();
		}
		return { ...target, apps: [...target.apps, this.#wanted] };
	}

	/** What the engine shows of it: the network of its app, and no container. */
	onEngine(target: TargetDocument): TargetDocument {
		const { release } = this.#wanted ?? {};
		return this.#wanted === undefined || release === undefined
			? target
			: { ...target, apps: [...target.apps, { ...this.#wanted, release: { ...release, services: {} } }] };
	}

	noteCall(call: string, [id]: readonly unknown[]): void {
		const container = this.#world.engine.containers.get(String(id));
		if (STOPS.includes(call) && container?.status === 'running' && this.#world.hostOs.isUnitRunning) {
			this.faults.push(`${call} ${container.name} while the host OS is updated`);
		}
	}

	/** From now on updaters succeed, and systems come up. */
	calm(): void {
		this.#isCalm = true;
	}

	boot(): void {
		const { hostOs } = this.#world;
		if (hostOs.isUnitRunning) {
			this.faults.push(`the device is rebooted under its updater at ${this.#world.clock.now()}`);
		}
		const rollsBack = !this.#isCalm && this.#random.chance(0.3);
		hostOs.boot(rollsBack ? hostOs.build : (this.#installed ?? hostOs.build));
		this.#installed = undefined;
	}

	/** When everything is quiet. */
	async findFaults(): Promise<readonly string[]> {
		const { hostOs, engine, hostUpdates } = this.#world;
		const faults = [...this.faults];
		const { commit, build } = this.#nameOf(this.#wanted);
		const attempts = this.#starts.get(commit) ?? 0;
		if (attempts > ATTEMPTS_MAX) {
			faults.push(`${attempts} attempts to install ${commit}`);
		}
		if (hostOs.build !== build && attempts < ATTEMPTS_MAX) {
			faults.push(`the host OS has ${hostOs.build} and should have ${build}, after ${attempts} attempts`);
		}
		if (hostOs.build === build) {
			const known = (await hostUpdates.list()).map(({ release }) => release.commit);
			faults.push(...(known.join() === commit ? [] : [`kept of ${known.join()} although ${commit} runs`]));
		}
		if (hostOs.isUnitRunning) {
			faults.push('an updater runs without end');
		}
		const isLeft = [...engine.images.values()].some(({ digests }) => digests.includes(UPDATER));
		const isGivenUp = hostOs.build !== build;
		return isLeft && !isGivenUp ? [...faults, 'the image of the updater is left behind'] : faults;
	}

	#nextApp(): TargetApp {
		this.#release += 1;
		const name = `h${this.#release}`;
		const labels = {
			'io.balena.image.class': 'hostapp',
			'io.balena.private.updater': UPDATER,
			'io.balena.private.hostapp.board-rev': `build ${name}`,
		};
		const hostapp = {
			...{ serviceId: 9, imageId: 9, image: `registry.example.com/os@sha256:${'8'.repeat(64)}`, running: true },
			...{ environment: {}, labels: { 'io.balena.image.store': 'root' }, composition: { labels } },
		};
		const release = { releaseId: 900 + this.#release, commit: name, networks: {}, volumes: {}, services: { hostapp } };
		return { appId: 9, appUuid: '9'.repeat(32), appName: 'os', class: 'app', isHost: true, rejected: false, release };
	}

	#nameOf(app: TargetApp | undefined): { readonly commit: string; readonly build: string } {
		const commit = app?.release?.commit ?? '';
		return { commit, build: `build ${commit}` };
	}

	#started(): void {
		const { hostOs, clock } = this.#world;
		const command: readonly string[] = hostOs.starts.at(-1)?.command ?? [];
		const commit = command[command.indexOf('--release-commit') + 1] ?? '';
		this.#starts.set(commit, (this.#starts.get(commit) ?? 0) + 1);
		const isFailing = !this.#isCalm && this.#random.chance(0.4);
		const count = hostOs.starts.length;
		void clock.sleep(this.#random.below(UNIT_MS_MAX), NEVER).then(() => {
			if (!hostOs.isUnitRunning || hostOs.starts.length !== count) return; // a boot has ended it
			this.#installed = isFailing ? this.#installed : `build ${commit}`;
			hostOs.endUnit(isFailing ? { kind: 'failed', exitStatus: 3, result: 'exit-code' } : { kind: 'succeeded' });
		});
	}

	/** Under the locks of users no reboot is made: no request of a seed is forced. */
	#judgeReboots(): void {
		const { host, lockDisk } = this.#world;
		const reboot = host.reboot.bind(host);
		host.reboot = () => {
			if ([...lockDisk.files.values()].includes('user')) {
				this.faults.push('the device is rebooted although a user holds a lock');
			}
			return reboot();
		};
	}
}
