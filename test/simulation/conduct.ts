import { compareTimes } from '../../src/domain/service.ts';
import type { TargetDocument } from '../../src/domain/target.ts';
import { labelOf, recordAt, textAt, type FakeContainer } from '../support/fake-engine-objects.ts';
import type { World } from './world.ts';

const CHANGES = ['stopContainer', 'removeContainer', 'renameContainer', 'createContainer'];
const GIVES_UP = ['stopContainer', 'removeContainer'];
const KILLS_FIRST = ['kill-then-download', 'delete-then-download'];
/** Long enough ago that a client with a new connection has noticed. */
const NOTICED_MS = 1000;
/** A step that is under way when the target changes or an image vanishes ends as it was begun. */
const UNDER_WAY_MS = 3000;

/**
 * What must be true of each single call, judged by the engine and the lock directories alone, without code of the planner
 * (spec: planner I3, I4, I6, I14).
 */
export class ConductWatch {
	readonly faults: string[] = [];
	readonly #world: World;
	#targets: { readonly at: number; readonly target: TargetDocument }[] = [];
	#disturbedAt = -Infinity;
	#localSince = -Infinity;
	#areAppsQuiet = false;

	/** `also`: another watch of the same calls. */
	constructor(world: World, also: (call: string, args: readonly unknown[]) => void = () => undefined) {
		this.#world = world;
		world.onCall = (call, args) => {
			also(call, args);
			this.#judge(call, args);
		};
	}

	noteTarget(target: TargetDocument): void {
		const at = this.#world.clock.now();
		this.#targets = [...this.#targets.slice(-5), { at, target }];
	}

	/** Local mode was entered or left. */
	noteLocalMode(): void {
		this.#localSince = this.#world.clock.now();
	}

	/** A target that changes only the device itself does not touch apps on target. */
	watchApps({ areQuiet }: { readonly areQuiet: boolean }): void {
		this.#areAppsQuiet = areQuiet;
	}

	/** Images or the supervisor network were removed outside the supervisor. */
	noteDisturbance(): void {
		this.#disturbedAt = this.#world.clock.now();
	}

	#judge(call: string, args: readonly unknown[]): void {
		const { engine, clock } = this.#world;
		if (call === 'startContainer' && engine.phase === 'ending' && clock.now() - engine.endingSince > NOTICED_MS) {
			this.faults.push(`${call} ${String(args[0])} in an engine that goes down`);
		}
		const isLocal = this.#world.isLocalMode() && clock.now() - this.#localSince > UNDER_WAY_MS;
		if (call === 'removeImage' && isLocal) {
			this.faults.push(`${call} ${String(args[0])} in local mode`);
		}
		if (!CHANGES.includes(call)) {
			return;
		}
		if (this.#areAppsQuiet) {
			this.faults.push(`${call} ${String(args[0])} for a target that changes only the device itself`);
		}
		const container = this.#world.engine.containers.get(String(args[0]));
		const appId =
			call === 'createContainer' ? appIdOfBody(args[0]) : Number(container && labelOf(container, 'io.balena.app-id'));
		// The container of an updater has no app.
		if (Number.isNaN(appId) || appId === 0 || !this.#world.engine.networks.has('supervisor0')) {
			return;
		}
		this.#judgeLocks(call, appId);
		if (container?.status === 'running' && GIVES_UP.includes(call)) {
			this.#judgeImages(call, appId, container);
		}
	}

	#judgeLocks(call: string, appId: number): void {
		for (const container of this.#world.engine.containers.values()) {
			const serviceName = labelOf(container, 'io.balena.service-name');
			const isOwn = Number(labelOf(container, 'io.balena.app-id')) === appId;
			if (isOwn && this.#world.lockDisk.isLockedByUser(appId, serviceName)) {
				this.faults.push(`${call} of app ${appId} although ${serviceName} has locked updates`);
			}
		}
	}

	#judgeImages(call: string, appId: number, container: FakeContainer): void {
		const { clock } = this.#world;
		const recent = this.#targets.filter(
			(_, n) => clock.now() - (this.#targets[n + 1]?.at ?? Infinity) < UNDER_WAY_MS || n === this.#targets.length - 1,
		);
		if (clock.now() - this.#disturbedAt < UNDER_WAY_MS) {
			return;
		}
		const isAllowed =
			this.#hasSuccessor(container) || recent.some(({ target }) => this.#mayGo(appId, container, target));
		if (!isAllowed) {
			this.faults.push(`${call} of ${container.name} before all images of its release are there`);
		}
	}

	/** A hand-over that began for an earlier target may end for it: nothing is given up. */
	#hasSuccessor(container: FakeContainer): boolean {
		const isSame = (label: string, other: FakeContainer) => labelOf(other, label) === labelOf(container, label);
		return [...this.#world.engine.containers.values()].some(
			(other) =>
				other.status === 'running' &&
				compareTimes(other.created, container.created) > 0 &&
				isSame('io.balena.app-id', other) &&
				isSame('io.balena.service-name', other),
		);
	}

	#mayGo(appId: number, container: FakeContainer, target: TargetDocument): boolean {
		const release = target.apps.find((app) => app.appId === appId)?.release;
		if (release === undefined) {
			return true; // an app that leaves waits for nothing
		}
		const service = release.services[labelOf(container, 'io.balena.service-name')];
		const strategy =
			service === undefined
				? labelOf(container, 'io.balena.update.strategy')
				: (service.labels['io.balena.update.strategy'] ?? '');
		return (
			KILLS_FIRST.includes(strategy) ||
			service?.running === false ||
			Object.values(release.services).every(({ image }) => this.#hasImage(image))
		);
	}

	/** From the registry, or built on the device. */
	#hasImage(reference: string): boolean {
		const { registry, images } = this.#world.engine;
		const id = registry.get(reference)?.id;
		return id === undefined ? [...images.values()].some(({ tags }) => tags.includes(reference)) : images.has(id);
	}
}

function appIdOfBody(options: unknown): number {
	const { body } = options as { readonly body: Readonly<Record<string, unknown>> };
	return Number(textAt(recordAt(body, 'Labels'), 'io.balena.app-id', 'none'));
}
