import isEqual from 'lodash/isEqual.js';
import { isOwnService, isRun, shownContainers } from '../../application-manager/index.ts';
import type { CurrentState } from '../../domain/current.ts';
import { imageKeyOf } from '../../domain/image-reference.ts';
import type { EngineImage, StoredImageRecord } from '../../domain/engine-objects.ts';
import type { Instant } from '../../domain/plan.ts';
import type { ContainerView, ServiceIdentity } from '../../domain/service.ts';
import { statusWordOf } from '../../domain/status-words.ts';
import type { RunningStep } from '../../domain/status.ts';
import type { ComposedApp, TargetApp, TargetDocument, TargetState } from '../../domain/target.ts';
import { withHostOs } from './report-host-os.ts';
import type { AppReport, ReleaseReport, ServiceReport, UpdateStatus } from './report.ts';

interface AppsInput {
	readonly at: Instant;
	readonly current: CurrentState;
	readonly composed: TargetState | undefined;
	readonly running: readonly RunningStep[];
	readonly target: Pick<TargetDocument, 'apps'>;
}

interface Entry {
	readonly commit: string;
	readonly serviceName: string;
	readonly image: string;
	readonly status: string;
	readonly progress?: number;
}

/**
 * The apps of the target, as far as they exist here (spec: cloud-api 11.3, planner 16). The cloud refuses all others.
 */
export function reportApps(input: AppsInput): Readonly<Record<string, AppReport>> {
	const work = readWork(input.running);
	return Object.fromEntries(
		input.target.apps.flatMap((app) => {
			const entries = joinContainers(app, input, listEntries(app, input, work));
			const report = withHostOs(app, reportApp(app, input, entries), input);
			return report === undefined ? [] : [[app.appUuid, report]];
		}),
	);
}

/** What running steps show about images and services. */
interface Work {
	/** Percent by image key. */
	readonly pulls: ReadonlyMap<string, number>;
	readonly forgotten: ReadonlySet<number>;
	readonly installing: readonly ServiceIdentity[];
}

function readWork(running: readonly RunningStep[]): Work {
	const pulls = new Map<string, number>();
	const forgotten = new Set<number>();
	const installing: ServiceIdentity[] = [];
	for (const { step, percent } of running) {
		if (step.kind === 'pullImage') {
			// Whole numbers only: with a fraction the cloud refuses the whole report.
			pulls.set(imageKeyOf(step.reference), Math.floor(percent ?? 0));
		} else if (step.kind === 'forgetImage') {
			forgotten.add(step.recordId);
		} else if (step.kind === 'createContainer') {
			installing.push(step.spec.identity);
		}
	}
	return { pulls, forgotten, installing };
}

/** Images first, then services of the target that have none yet. */
function listEntries(app: TargetApp, input: AppsInput, work: Work): readonly Entry[] {
	const available = new AvailableImages(input.current.images);
	const entries = input.current.imageRecords.flatMap((record) =>
		belongsTo(app, record) ? entryOfRecord(record, available, work) : [],
	);
	const has = (commit: string, serviceName: string) =>
		entries.some((entry) => entry.commit === commit && entry.serviceName === serviceName);
	const { release } = app;
	if (release === undefined || isSkipped(app, input)) {
		return entries; // no further service of it will be installed
	}
	const pending = Object.entries(release.services).flatMap(([serviceName, service]) => {
		if (has(release.commit, serviceName)) {
			return [];
		}
		const place = { commit: release.commit, serviceName, image: service.image };
		// Not from the composed app: until the next pass that belongs to the release before.
		if (isRun(app, serviceName, service)) {
			return [{ ...place, status: 'Downloading', progress: work.pulls.get(imageKeyOf(service.image)) ?? 0 }];
		}
		// It gets no container from the supervisor, and runs. Services that compose leaves out do not run.
		return isOwnService(app.appUuid, serviceName) && !app.isHost ? [{ ...place, status: 'Running' }] : [];
	});
	return [...entries, ...pending];
}

/** This very release cannot be composed; the one that it replaces does not count. */
function isSkipped(app: TargetApp, { composed }: AppsInput): boolean {
	const isThis = (known: ComposedApp) =>
		known.state === 'rejected' && known.appId === app.appId && isEqual(known.app.release, app.release);
	return composed?.apps.some(isThis) === true;
}

function entryOfRecord(record: StoredImageRecord, available: AvailableImages, work: Work): readonly Entry[] {
	const { commit, serviceName, name } = record;
	if (commit === undefined) {
		return []; // a row of a version before release uuids: the cloud would not know its release
	}
	const progress = work.pulls.get(imageKeyOf(name));
	if (progress !== undefined) {
		return [{ commit, serviceName, image: name, status: 'Downloading', progress }];
	}
	if (!available.has(record)) {
		return [];
	}
	return [{ commit, serviceName, image: name, status: work.forgotten.has(record.id) ? 'Deleting' : 'Downloaded' }];
}

/** Containers give more details than their images. Those without an image entry are not reported. */
function joinContainers(app: TargetApp, input: AppsInput, entries: readonly Entry[]): readonly Entry[] {
	const { current, running } = input;
	const words = new Map<string, string>();
	for (const { serviceName, commit } of readWork(running).installing.filter(({ appId }) => appId === app.appId)) {
		words.set(placeOf(commit, serviceName), 'Installing');
	}
	const containers = current.apps
		.flatMap((currentApp) => shownContainers(currentApp.containers))
		.filter((container) => belongsTo(app, container))
		.map((container) => ({
			container,
			commit: container.commit ?? commitOfRelease(container, current.imageRecords),
			word: statusWordOf(container, running),
		}));
	for (const { container, commit, word } of containers) {
		if (commit !== undefined) {
			const siblings = containers.filter(
				(other) =>
					other.word === 'Running' &&
					other.container.serviceName === container.serviceName &&
					other.commit !== undefined &&
					other.commit !== commit,
			);
			const isOldest = siblings.every((other) => createdMs(container) < createdMs(other.container));
			const handover = isOldest ? 'Handing over' : 'Awaiting handover';
			const isAlone = word !== 'Running' || siblings.length === 0;
			words.set(placeOf(commit, container.serviceName), isAlone ? word : handover);
		}
	}
	return entries.map((entry) => {
		const word = words.get(placeOf(entry.commit, entry.serviceName));
		return word === undefined ? entry : { ...entry, status: word };
	});
}

function reportApp(app: TargetApp, input: AppsInput, entries: readonly Entry[]): AppReport | undefined {
	const services = new Map<string, [string, ServiceReport][]>();
	for (const { commit, serviceName, image, status, progress } of entries) {
		const service = { image, status, ...(progress === undefined ? {} : { download_progress: progress }) };
		services.set(commit, [...(services.get(commit) ?? []), [serviceName, service]]);
	}
	const rejected = app.rejected || isSkipped(app, input) ? app.release?.commit : undefined;
	if (rejected !== undefined && !services.has(rejected)) {
		services.set(rejected, []);
	}
	const releases = [...services].map(([commit, list]): [string, ReleaseReport] => {
		if (app.rejected) {
			return [commit, { update_status: 'rejected' }]; // every release, the running one too
		}
		const update_status = commit === rejected ? 'rejected' : updateStatusOf(list.map(([, service]) => service));
		// A release that cannot be composed does not hide the services that still run.
		return [commit, { update_status, ...(list.length === 0 ? {} : { services: Object.fromEntries(list) }) }];
	});
	if (releases.length === 0) {
		return undefined;
	}
	const reached = input.current.apps.find(({ appId }) => appId === app.appId)?.commit;
	return {
		...(reached === undefined ? {} : { release_uuid: reached }),
		releases: Object.fromEntries(releases),
	};
}

/** Spec: planner 16.4. `rejected` depends on the app, and only the host OS is ever aborted. */
function updateStatusOf(services: readonly ServiceReport[]): UpdateStatus {
	if (services.some(({ download_progress: progress }) => progress !== undefined && progress !== 100)) {
		return 'downloading';
	}
	if (services.some(({ status }) => status === 'Downloaded')) {
		return 'downloaded';
	}
	const changing = ['Installing', 'Installed', 'Awaiting handover'];
	return services.some(({ status }) => changing.includes(status)) ? 'applying changes' : 'done';
}

/** By uuid where there is one: an app id may stand for another app in another cloud. */
function belongsTo(app: TargetApp, item: { readonly appId: number; readonly appUuid?: string | undefined }): boolean {
	return item.appUuid === undefined ? item.appId === app.appId : item.appUuid === app.appUuid;
}

function commitOfRelease(container: ContainerView, records: readonly StoredImageRecord[]): string | undefined {
	return records.find((row) => row.appId === container.appId && row.releaseId === container.releaseId)?.commit;
}

function createdMs(container: ContainerView): number {
	return Date.parse(container.createdAt);
}

function placeOf(commit: string, serviceName: string): string {
	return `${commit} ${serviceName}`;
}

/** The images of the engine, by every name that a record may use. */
class AvailableImages {
	readonly #names: ReadonlySet<string>;

	constructor(images: readonly EngineImage[]) {
		this.#names = new Set(images.flatMap(({ id, tags, digests }) => [id, ...tags, ...digests.map(imageKeyOf)]));
	}

	has({ name, dockerImageId }: StoredImageRecord): boolean {
		return (
			(dockerImageId !== undefined && this.#names.has(dockerImageId)) ||
			this.#names.has(name) ||
			this.#names.has(imageKeyOf(name))
		);
	}
}
