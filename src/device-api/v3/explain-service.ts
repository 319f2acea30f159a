import { compareService, shownContainers } from '../../application-manager/index.ts';
import type { CurrentApp } from '../../domain/current.ts';
import type { StoredImageRecord } from '../../domain/engine-objects.ts';
import type { Reason } from '../../domain/reason.ts';
import { isUp, type ContainerView, type ServiceSpec } from '../../domain/service.ts';
import type { ComposedApp } from '../../domain/target.ts';
import { HIDDEN } from '../hide-secrets.ts';
import { engineTime } from './engine-time.ts';
import type { DifferenceView, Explained, PlaceView } from './explained.ts';
import type { Explainer } from './explainer.ts';
import type { Refusal } from './view-because.ts';

/** One app, as wanted and as observed. */
export interface AppPair {
	readonly appId: number;
	readonly uuid: string;
	readonly name: string;
	readonly composed: ComposedApp | undefined;
	readonly current: CurrentApp | undefined;
	readonly records: readonly StoredImageRecord[];
}

interface ServicePair {
	readonly name: string;
	readonly app: AppPair;
	readonly container: ContainerView | undefined;
	readonly spec: ServiceSpec | undefined;
	/** A user asked that it be stopped. */
	readonly isStopped: boolean;
}

const SHORT_RELEASE = 7;

export function shortRelease(commit: string | undefined): string {
	return commit === undefined ? 'of no name' : commit.slice(0, SHORT_RELEASE);
}

/** The services of the app: those of its release in their order, then those that are still there. */
export function explainServices(
	app: AppPair,
	explainer: Explainer,
	inherited: { readonly reason: Reason; readonly refusal?: Refusal } | undefined,
): readonly Explained[] {
	const shown = shownContainers(app.current?.containers ?? []);
	const containers = new Map(shown.toReversed().map((container) => [container.serviceName, container]));
	const specs = app.composed?.state === 'ready' ? app.composed.spec.services : [];
	const targets = new Map(specs.map((spec) => [spec.identity.serviceName, spec]));
	const refused = app.composed?.state === 'rejected' ? Object.keys(app.composed.app.release?.services ?? {}) : [];
	const ids = new Map([...containers].map(([name, { containerId }]) => [name, containerId]));
	const stopped = new Set(
		explainer.input.requests.flatMap(({ body }) => (body.kind === 'stopService' ? [body.containerId] : [])),
	);
	const names = new Set([...targets.keys(), ...refused, ...containers.keys()]);
	return [...names].map((name) => {
		const container = containers.get(name);
		const isStopped = container !== undefined && stopped.has(container.containerId);
		const pair = { name, app, container, spec: targets.get(name), isStopped };
		return explainService(pair, { explainer, ids, inherited });
	});
}

function explainService(
	pair: ServicePair,
	options: {
		readonly explainer: Explainer;
		readonly ids: ReadonlyMap<string, string>;
		readonly inherited: { readonly reason: Reason; readonly refusal?: Refusal } | undefined;
	},
): Explained {
	const { explainer, ids, inherited } = options;
	const { name, app, container, spec } = pair;
	const subject = { appId: app.appId, serviceName: name };
	const steps = explainer.stepsOf(subject);
	const reason = explainer.reasonOf(subject);
	const refusal = reason === undefined ? inherited?.refusal : undefined;
	return explainer.explain({
		id: { subject: `service ${name} of app ${app.name}`, app: app.uuid, service: name },
		reason: reason ?? (inherited && { ...inherited.reason, sentence: sayInherited(pair, inherited.reason) }),
		...(refusal === undefined ? {} : { refusal }),
		plain: describePlain(pair, steps),
		rest: {
			current: container === undefined ? null : viewContainer(container, app.records),
			wanted: viewWanted(pair),
			differences: container === undefined || spec === undefined ? [] : listDifferences(pair, container, spec, ids),
			steps,
		},
	});
}

function sayInherited({ name }: ServicePair, { kind, sentence }: Reason): string {
	return kind === 'rejected' ? `${name} stays as it is: ${sentence}` : sentence;
}

function viewContainer(container: ContainerView, records: readonly StoredImageRecord[]): PlaceView {
	const { commit, runState, health, imageId, config } = container;
	const image = records.find((row) => row.imageId === imageId)?.name ?? config.image;
	return { release: commit ?? null, image, status: runState, health: health ?? null };
}

function viewWanted({ name, app: { composed }, spec }: ServicePair): PlaceView | null {
	if (spec !== undefined) {
		const { identity, reference, running } = spec;
		return { release: identity.commit, image: reference, status: running ? 'running' : 'stopped' };
	}
	const release = composed?.state === 'rejected' ? composed.app.release : undefined;
	const service = release?.services[name];
	return release === undefined || service === undefined ? null : { release: release.commit, image: service.image };
}

/** Values of variables are never shown; of images the names, which people know. */
function listDifferences(
	{ app, isStopped }: ServicePair,
	container: ContainerView,
	spec: ServiceSpec,
	ids: ReadonlyMap<string, string>,
): readonly DifferenceView[] {
	const is = viewContainer(container, app.records);
	const isHere = spec.engineImageId !== undefined;
	const differences = compareService(container, spec, ids).filter(({ field }) => isHere || !isOfImage(field));
	const found: DifferenceView[] = differences.map(({ field, seen, expected }) => {
		if (field === 'image') {
			return { field, is: is.image ?? null, should: spec.reference };
		}
		const show = field.startsWith('environment.') ? hideValue : (text: string) => (text === 'absent' ? null : text);
		return { field, is: show(seen), should: show(expected) };
	});
	if (container.commit !== spec.identity.commit) {
		found.push({ field: 'release', is: container.commit ?? null, should: spec.identity.commit });
	}
	if (isUp(container) !== (spec.running && !isStopped)) {
		found.push({ field: 'status', is: container.runState, should: spec.running && !isStopped ? 'running' : 'stopped' });
	}
	return found;
}

const OF_IMAGE: readonly string[] = [
	...['command', 'entrypoint', 'workingDir', 'user', 'stopSignal'],
	...['healthcheck', 'volumes', 'labels'],
];

/** What an image decides, too, is not known before it is here. */
function isOfImage(field: string): boolean {
	return OF_IMAGE.includes(field) || field.startsWith('environment.');
}

function hideValue(text: string): string | null {
	return text === 'absent' ? null : HIDDEN;
}

function describePlain(pair: ServicePair, steps: Explained['view']['steps']) {
	const { name, container, spec, isStopped } = pair;
	const [step] = steps;
	if (step !== undefined) {
		return { state: 'changing', sentence: `${name} is being changed: ${step.reason}` } as const;
	}
	const isDown = container === undefined || !isUp(container);
	if (spec?.running === false && isDown) {
		const sentence = `${name} is stopped: its target says so`;
		return { state: 'stopped', sentence, ...endOf(container, 'target') } as const;
	}
	if (isStopped && isDown) {
		const sentence = `${name} is stopped: a request to the API asked for it, and another one starts it`;
		return { state: 'stopped', sentence, ...endOf(container, 'request') } as const;
	}
	if (spec === undefined || container === undefined) {
		return { state: 'changing', sentence: `${name} is not known yet: the next look at the device shows it` } as const;
	}
	const release = shortRelease(spec.identity.commit);
	const sentence = isDown ? `${name} has ended, as it may, in release ${release}` : `${name} runs release ${release}`;
	const since = engineTime(isDown ? container.finishedAt : container.startedAt);
	return { state: 'on_target', sentence, ...(since === undefined ? {} : { since }) } as const;
}

function endOf(container: ContainerView | undefined, by: 'target' | 'request') {
	const since = engineTime(container?.finishedAt);
	return since === undefined ? {} : { since, because: { kind: 'stopped', since, by } };
}
