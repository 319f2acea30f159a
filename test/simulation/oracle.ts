import type { TargetDocument } from '../../src/domain/target.ts';
import type { FakeEngine } from '../support/fake-engine.ts';
import { isAnonymous } from './anonymous-watch.ts';
import { joinedBy, type FakeImage } from '../support/fake-engine-objects.ts';

/**
 * What must be true of the engine once everything is quiet, derived from the target document alone: this file shares
 * no code with the supervisor.
 */
export function findFaults(
	engine: FakeEngine,
	target: TargetDocument,
	/** Ids of containers that were asked to stop. */
	stopped: ReadonlySet<string> = new Set(),
	/** Images that may be left of a visit in local mode: what could not be removed then stays (spec: planner 15). */
	mayStay: (image: FakeImage) => boolean = () => false,
): readonly string[] {
	return [
		...judgeContainers(engine, target, stopped),
		...judgeNetworks(engine, target),
		...judgeVolumes(engine, target),
		...judgeImages(engine, target, mayStay),
	];
}

function judgeContainers(engine: FakeEngine, target: TargetDocument, stopped: ReadonlySet<string>): string[] {
	const faults: string[] = [];
	const expected = new Map<string, { image: string; running: boolean; restart: unknown }>();
	for (const app of target.apps) {
		for (const [name, service] of Object.entries(app.release?.services ?? {})) {
			const { releaseId, commit } = app.release ?? { releaseId: 0, commit: '' };
			expected.set(`${name}_${service.imageId}_${releaseId}_${commit}`, {
				image: service.image,
				running: service.running,
				restart: service.composition['restart'],
			});
		}
	}
	for (const container of engine.containers.values()) {
		const want = expected.get(container.name);
		if (want === undefined) {
			faults.push(`container ${container.name} should not be there`);
			continue;
		}
		expected.delete(container.name);
		if (container.image !== engine.registry.get(want.image)?.id) {
			faults.push(`container ${container.name} has image ${container.image}`);
		}
		const owner = engine.containers.get(joinedBy(container.body) ?? '');
		if (joinedBy(container.body) !== undefined && container.status === 'running' && owner?.status === 'running') {
			if (container.joinedProcess !== owner.startedAt) {
				faults.push(`container ${container.name} is cut off from the network of ${owner.name}`);
			}
		}
		// It runs in the network of another one, and not without it.
		const isAlone = owner !== undefined && owner.status !== 'running';
		const shallRun = want.running && !stopped.has(container.id) && !isAlone;
		if (!shallRun && !isAlone && container.status === 'running') {
			faults.push(`container ${container.name} runs and should not`);
		}
		const hasFailedEnough = want.restart === 'on-failure:2' && container.restarts >= 2;
		const isFailureOnly = want.restart === 'on-failure' || want.restart === 'on-failure:2';
		const mayHaveEnded =
			want.restart === 'no' ||
			(isFailureOnly && container.exitCode === 0) ||
			(hasFailedEnough && container.exitCode !== 0);
		const ended = container.status === 'exited' && mayHaveEnded;
		if (shallRun && container.status !== 'running' && !ended) {
			faults.push(`container ${container.name} is ${container.status} and should run`);
		}
	}
	return [...faults, ...[...expected.keys()].map((name) => `container ${name} is missing`)];
}

function judgeNetworks(engine: FakeEngine, target: TargetDocument): string[] {
	const expected = new Set(['supervisor0']);
	for (const app of target.apps) {
		expected.add(`${app.appUuid}_default`);
		Object.keys(app.release?.networks ?? {}).forEach((name) => expected.add(`${app.appUuid}_${name}`));
	}
	const faults = [...engine.networks.keys()]
		.filter((name) => !expected.has(name))
		.map((name) => `network ${name} should not be there`);
	const missing = [...expected]
		.filter((name) => !engine.networks.has(name))
		.map((name) => `network ${name} is missing`);
	return [...faults, ...missing];
}

function judgeVolumes(engine: FakeEngine, target: TargetDocument): string[] {
	const faults: string[] = [];
	for (const app of target.apps) {
		for (const name of Object.keys(app.release?.volumes ?? {})) {
			if (!engine.volumes.has(`${app.appId}_${name}`)) {
				faults.push(`volume ${app.appId}_${name} is missing`);
			}
		}
	}
	const apps = new Set([...target.apps.map((app) => String(app.appId)), 'extra-firmware']);
	if (!engine.volumes.has('extra-firmware')) {
		faults.push('volume extra-firmware is missing');
	}
	for (const name of engine.volumes.keys()) {
		if (isAnonymous(name)) {
			continue; // see anonymous-watch.ts
		}
		if (!apps.has(name.split('_')[0] ?? '')) {
			faults.push(`volume ${name} of an app that is gone`);
		}
	}
	return faults;
}

function judgeImages(engine: FakeEngine, target: TargetDocument, mayStay: (image: FakeImage) => boolean): string[] {
	const wanted = new Set(
		target.apps.flatMap((app) =>
			Object.values(app.release?.services ?? {}).map((s) => engine.registry.get(s.image)?.id),
		),
	);
	return [...engine.images.values()]
		.filter((image) => !wanted.has(image.id) && !mayStay(image))
		.map(({ id }) => `image ${id} is not needed any more`);
}

/** A removal that was on its way when an app came back may still arrive. */
const SETTLED_MS = 5000;

/** Volumes of an app that was in the target all the time are the same ones as before (spec: planner I9). */
export class VolumeWatch {
	readonly #instances = new Map<string, number>();
	readonly #since = new Map<number, number>();

	readonly #purged = new Set<string>();

	/** Their removal was requested; its time is not known here. */
	forget(appId: number): void {
		this.#purged.add(`${appId}_data`);
	}

	/** Call at every target: what the apps in it own now must survive until they leave. */
	note(engine: FakeEngine, after: TargetDocument, now: number): void {
		const stays = new Set(after.apps.map((app) => app.appId));
		for (const [appId, since] of this.#since) {
			const name = `${appId}_data`;
			if (!stays.has(appId)) {
				this.#since.delete(appId);
				this.#instances.delete(name);
			} else if (now - since > SETTLED_MS) {
				const volume = engine.volumes.get(name);
				if (volume !== undefined && !this.#instances.has(name)) {
					this.#instances.set(name, volume.instance);
				}
			}
		}
		stays.forEach((appId) => {
			if (!this.#since.has(appId)) {
				this.#since.set(appId, now);
			}
		});
	}

	faults(engine: FakeEngine): readonly string[] {
		return [...this.#instances]
			.filter(([name]) => !this.#purged.has(name))
			.filter(([name, instance]) => engine.volumes.get(name)?.instance !== instance)
			.map(([name]) => `volume ${name} was replaced: its data is lost`);
	}
}
