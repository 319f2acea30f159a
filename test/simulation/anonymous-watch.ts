import type { KeptVolume } from '../../src/domain/engine-objects.ts';
import type { TargetDocument } from '../../src/domain/target.ts';
import type { FakeEngine } from '../support/fake-engine.ts';
import { labelOf, type FakeContainer } from '../support/fake-engine-objects.ts';
import { ANONYMOUS } from './scenario.ts';

export function isAnonymous(volume: string): boolean {
	return /^[0-9a-f]{64}$/.test(volume);
}

/** The data of an anonymous volume stays as long as its service has the volume (decision D23). */
export class AnonymousWatch {
	/** `1/web` → the volume's name. */
	readonly #names = new Map<string, string>();
	/** Of containers that were removed outside the supervisor. */
	readonly #lost = new Set<string>();
	readonly #purged = new Set<number>();
	/** Services that the last target gave such a volume. */
	#wanted: ReadonlySet<string> = new Set();

	/** Call at every target: the current volumes of its services must stay until the services no longer use them. */
	note(engine: FakeEngine, target: TargetDocument): void {
		const wanted = new Set(
			target.apps.flatMap(({ appId, release }) =>
				Object.entries(release?.services ?? {})
					.filter(([, { composition }]) => (composition['volumes'] as string[] | undefined)?.includes(ANONYMOUS))
					.map(([name]) => `${appId}/${name}`),
			),
		);
		for (const key of this.#names.keys()) {
			if (!wanted.has(key)) {
				this.#names.delete(key);
			}
		}
		for (const container of engine.containers.values()) {
			const key = keyOf(container);
			const name = container.anonymous.get(ANONYMOUS);
			// Where the last target wanted none, what is there is about to end.
			const isKept = wanted.has(key) && this.#wanted.has(key);
			if (name !== undefined && isKept && container.status === 'running' && !this.#names.has(key)) {
				this.#names.set(key, name);
			}
		}
		this.#wanted = wanted;
	}

	/** Their removal was requested. */
	forget(appId: number): void {
		this.#purged.add(appId);
	}

	lose(container: FakeContainer): void {
		this.#names.delete(keyOf(container));
		container.anonymous.forEach((name) => this.#lost.add(name));
	}

	faults(
		engine: FakeEngine,
		kept: readonly KeptVolume[],
		{ mayLeak }: { readonly mayLeak: boolean },
	): readonly string[] {
		const faults: string[] = [];
		const containers = [...engine.containers.values()];
		for (const container of containers) {
			const name = this.#names.get(keyOf(container));
			const isPurged = this.#purged.has(Number(keyOf(container).split('/')[0]));
			if (name !== undefined && !isPurged && container.anonymous.get(ANONYMOUS) !== name) {
				faults.push(`${container.name} has lost the volume ${name}`);
			}
		}
		const known = new Set([
			...containers.flatMap(({ anonymous }) => [...anonymous.values()]),
			...kept.map(({ name }) => name),
			...this.#lost,
		]);
		const leaked = [...engine.volumes.keys()].filter((name) => isAnonymous(name) && !known.has(name));
		return mayLeak ? faults : [...faults, ...leaked.map((name) => `the volume ${name} has no record`)];
	}
}

function keyOf(container: FakeContainer): string {
	return `${labelOf(container, 'io.balena.app-id')}/${labelOf(container, 'io.balena.service-name')}`;
}
