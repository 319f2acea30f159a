import { isProvisioned, isUnmanaged, variablesOf, type Config, type Settings } from '../../config/index.ts';
import { ImageIndex } from '../../application-manager/index.ts';
import type { Decoded } from '../../domain/issue.ts';
import { ownTagOf, parseImageReference } from '../../domain/image-reference.ts';
import type { EngineImage, ImageRecord } from '../../domain/engine-objects.ts';
import type { TargetApp } from '../../domain/target.ts';
import type { Engine } from '../../ports/engine.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { PreloadFile } from '../../ports/preload-file.ts';
import type { ImageStore } from '../../ports/stores.ts';
import { decodeAppsJson, detectAppsJson, listAppIds, unwrapAppsJson, type PreloadedApps } from './legacy/index.ts';
import type { DecodedTarget } from './decode-target.ts';
import type { TargetIntake } from './target-intake.ts';

interface PreloaderOptions {
	readonly file: PreloadFile;
	readonly engine: Pick<Engine, 'listImages' | 'tagImage'>;
	readonly images: ImageStore;
	readonly intake: Pick<TargetIntake, 'accept'>;
	readonly config: Pick<Config, 'read' | 'set'>;
	/** Of the boot configuration, as it stands in its files. */
	readonly bootVariables: () => Promise<Readonly<Record<string, string>>>;
	/** For an app with only its id; `undefined` if the cloud cannot be reached or does not know the app. */
	readonly findAppUuid: (appId: number, signal: AbortSignal) => Promise<string | undefined>;
	readonly log: Log;
}

/**
 * Adopts the apps that are preloaded on the disk of the device, once: their images are on the engine already, so the
 * device runs before it has ever had a network (spec: cloud-api 8.2). All or nothing; a failure is retried at the next
 * start.
 */
export class Preloader {
	readonly #options: PreloaderOptions;

	constructor(options: PreloaderOptions) {
		this.#options = options;
	}

	async load(signal: AbortSignal): Promise<void> {
		const { file, config, log } = this.#options;
		try {
			const settings = await config.read();
			const text = isFirstStart(settings) ? await file.read() : undefined;
			if (text !== undefined) {
				await this.#takeOver(text, settings, signal);
			}
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			log.error('cannot take over the preloaded apps', { path: file.path, error: error.message });
		}
	}

	async #takeOver(text: string, settings: Settings, signal: AbortSignal): Promise<void> {
		const { file, config, intake, log } = this.#options;
		const body = this.#parse(text);
		if (body === undefined) {
			return;
		}
		const appUuids = detectAppsJson(body) === 'v2' ? await this.#findUuids(listAppIds(body), signal) : undefined;
		const decoded = decodeAppsJson(body, appUuids);
		if (decoded.ok && isEmpty(decoded.value)) {
			return;
		}
		const variables = { ...variablesOf(settings), ...(await this.#options.bootVariables()) };
		const outcome = await intake.accept({
			body,
			decode: () => toTarget(decoded, variables),
			source: isUnmanaged(settings) ? 'local' : settings.apiEndpoint,
			prepare: ({ apps }) => this.#adoptImages(apps, signal),
		});
		if (outcome.kind === 'refused') {
			log.error('cannot take over the preloaded apps', { path: file.path, issues: outcome.lines.join('\n') });
		}
		if (!decoded.ok || outcome.kind !== 'stored') {
			return;
		}
		const fleet = decoded.value.apps.find((app) => app.class === 'fleet');
		if (decoded.value.pinDevice && fleet?.release !== undefined) {
			await config.set({ pinnedRelease: { app: fleet.appId, commit: fleet.release.commit } });
		}
		await file.retire();
		log.info('preloaded apps taken over', { apps: outcome.apps });
	}

	/** `undefined`: not JSON, or empty. */
	#parse(text: string): unknown {
		const { file, log } = this.#options;
		try {
			return unwrapAppsJson(JSON.parse(text));
		} catch {
			log.error('cannot take over the preloaded apps: not JSON', { path: file.path });
			return undefined;
		}
	}

	/** The uuids of all apps, otherwise the file has to wait for the cloud. */
	async #findUuids(appIds: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, string> | undefined> {
		const found = new Map<number, string>();
		for (const appId of appIds) {
			const uuid = await this.#options.findAppUuid(appId, signal);
			if (uuid === undefined) {
				return undefined;
			}
			found.set(appId, uuid);
		}
		return found;
	}

	/** Every image has to be on the engine: half a release cannot run. */
	async #adoptImages(apps: readonly TargetApp[], signal: AbortSignal): Promise<boolean> {
		const { engine, images, log } = this.#options;
		const listed: readonly EngineImage[] = (await engine.listImages(signal)).map((image) => ({
			id: image.Id,
			tags: image.RepoTags ?? [],
			digests: image.RepoDigests ?? [],
		}));
		const index = new ImageIndex(listed, await images.list());
		const found = apps.flatMap((app) => recordsOf(app).map((record) => ({ record, id: index.find(record.name)?.id })));
		const missing = found.filter(({ id }) => id === undefined).map(({ record }) => record.name);
		if (missing.length > 0) {
			log.error('cannot take over the preloaded apps: the engine lacks images', { missing });
			return false;
		}
		for (const { record, id } of found) {
			const parsed = parseImageReference(record.name);
			if (id !== undefined && parsed.ok) {
				await images.save(record);
				const { repository, tag } = ownTagOf(parsed.value);
				await engine.tagImage(id, repository, tag);
				await images.save(record, id);
			}
		}
		return true;
	}
}

function isEmpty({ apps, config }: PreloadedApps): boolean {
	return apps.length === 0 && Object.keys(config).length === 0;
}

/** The present settings of the device, changed by those of the file. */
function toTarget(decoded: Decoded<PreloadedApps>, variables: Readonly<Record<string, string>>): DecodedTarget {
	if (!decoded.ok) {
		return { ...decoded, because: 'schema' };
	}
	const { apps, config } = decoded.value;
	return { ok: true, value: { name: '', config: { ...variables, ...config }, apps } };
}

function recordsOf({ appId, appUuid, release }: TargetApp): readonly ImageRecord[] {
	return Object.entries(release?.services ?? {}).map(([serviceName, { image, serviceId, imageId }]) => ({
		name: image,
		appId,
		appUuid,
		serviceId,
		serviceName,
		imageId,
		releaseId: release?.releaseId ?? 0,
		...(release === undefined ? {} : { commit: release.commit }),
	}));
}

/** Either the device has not been provisioned, or it never had a target. */
function isFirstStart(settings: Settings): boolean {
	return !isProvisioned(settings) || !settings.targetStateSet;
}
