import type { CurrentState } from '../domain/current.ts';
import type { ContainerView } from '../domain/service.ts';
import type { ComposedApp, TargetApp, TargetDocument, TargetService, TargetState } from '../domain/target.ts';
import { ReportOnce } from '../lib/report-once.ts';
import type { Engine, ImageInspection } from '../ports/engine.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { KeyStore, TargetStore } from '../ports/stores.ts';
import {
	API_KEY_VARIABLE,
	composeApp,
	findHostRelease,
	findSupervisorRelease,
	wantsSupervisorApi,
	type ComposeContext,
	type Notice,
	type ServiceInputs,
} from './compose/index.ts';
import { findUnmet, type ContractFacts } from './contracts/index.ts';
import { ImageIndex } from './images/find-image.ts';

interface TargetComposerOptions {
	readonly targets: TargetStore;
	readonly engine: Engine;
	readonly keys: KeyStore;
	readonly log: Log;
	/** The user is notified of values that a release has ignored or refused, too. */
	readonly systemLog: SystemLog;
	/** The same object until a fact changes. */
	readonly context: () => Promise<ComposeContext>;
	/** For apps that do not meet their contracts. */
	readonly contractFacts: () => Promise<ContractFacts>;
}

interface ComposeInput {
	readonly context: ComposeContext;
	readonly index: ImageIndex;
	/** Of the app. */
	readonly containers: readonly ContainerView[];
	readonly signal: AbortSignal;
}

interface Preview {
	readonly target: TargetState;
	/** What is ignored, with its path. */
	readonly notices: readonly Notice[];
}

/** In place of the key that a service would get. */
const NO_KEY_YET = 'made-when-applied';

interface Composition {
	readonly app: TargetApp;
	readonly context: ComposeContext;
	/** Engine image id of each service: besides the keys, the only other input of the result. */
	readonly inputs: string;
	readonly composed: ComposedApp;
}

/** Reads the stored target and composes each app once, until its release, an image or a fact of the device changes. */
export class TargetComposer {
	readonly #options: TargetComposerOptions;
	#compositions = new Map<number, Composition>();
	/** By app: the report about its present release. */
	readonly #reported = new ReportOnce<number>();

	constructor(options: TargetComposerOptions) {
		this.#options = options;
	}

	async read(current: CurrentState, signal: AbortSignal): Promise<TargetState | undefined> {
		const document = await this.#options.targets.read();
		if (document === undefined) {
			return undefined;
		}
		const context = await this.#options.context();
		const index = new ImageIndex(current.images, current.imageRecords);
		const compositions = new Map<number, Composition>();
		for (const app of document.apps) {
			const containers = current.apps.find(({ appId }) => appId === app.appId)?.containers ?? [];
			compositions.set(app.appId, await this.#compose(app, { context, index, containers, signal }));
		}
		this.#compositions = compositions; // apps that left the target are forgotten
		this.#reported.keepOnly(compositions.keys());
		return targetOf(
			document,
			[...compositions.values()].map(({ composed }) => composed),
		);
	}

	/** Composes another target, as a dry run: nothing is stored, remembered or reported. */
	async preview(document: TargetDocument, current: CurrentState, signal: AbortSignal): Promise<Preview> {
		const context = await this.#options.context();
		const index = new ImageIndex(current.images, current.imageRecords);
		const apps: ComposedApp[] = [];
		const notices: Notice[] = [];
		for (const app of document.apps) {
			const containers = current.apps.find(({ appId }) => appId === app.appId)?.containers ?? [];
			const inputs = new Map<string, ServiceInputs>();
			for (const [name, service] of Object.entries(app.release?.services ?? {})) {
				const image = await this.#imageOf(index.find(service.image)?.id, signal);
				const key = wantsSupervisorApi(service, image) ? (findApiKey(containers, name) ?? NO_KEY_YET) : undefined;
				inputs.set(name, inputsFrom(image, key));
			}
			const { composed, notices: more } = composeApp(app, context, inputs);
			apps.push(composed);
			notices.push(...more);
		}
		return { target: targetOf(document, apps), notices };
	}

	/** A key of a service was renewed: compositions with the old one must not be used again. */
	keysChanged(): void {
		this.#compositions = new Map();
	}

	async #compose(app: TargetApp, { context, index, containers, signal }: ComposeInput): Promise<Composition> {
		const services = Object.entries(app.release?.services ?? {});
		const imageIds = services.map(([, service]) => index.find(service.image)?.id);
		const inputs = imageIds.join(' ');
		const known = this.#compositions.get(app.appId);
		if (known?.app === app && known.context === context && known.inputs === inputs) {
			return known;
		}
		const serviceInputs = new Map<string, ServiceInputs>();
		for (const [n, [name, service]] of services.entries()) {
			serviceInputs.set(name, await this.#inputsOf({ app, name, service, imageId: imageIds[n], containers, signal }));
		}
		const unmet = app.rejected ? findUnmet(app.release?.services ?? {}, await this.#options.contractFacts()) : [];
		const { composed, notices } = composeApp(app, context, serviceInputs, unmet);
		this.#report(app, composed, notices);
		return { app, context, inputs, composed };
	}

	/** Once for each release: each new image composes the app again. */
	#report(app: TargetApp, composed: ComposedApp, notices: readonly Notice[]): void {
		const { log, systemLog } = this.#options;
		const issues = composed.state === 'rejected' ? composed.issues : [];
		const text = JSON.stringify([app.release?.commit, notices, issues]);
		if (!this.#reported.isNew(app.appId, text)) {
			return;
		}
		for (const { path, message } of notices) {
			log.warn('ignored in the target', { path, notice: message });
			systemLog.write(`${message} (${path})`);
		}
		for (const { path, message } of issues) {
			systemLog.write(`Could not move to new release: ${message} (${path})`, { error: true });
		}
	}

	async #inputsOf(options: {
		readonly app: TargetApp;
		readonly name: string;
		readonly service: TargetService;
		readonly imageId: string | undefined;
		readonly containers: readonly ContainerView[];
		readonly signal: AbortSignal;
	}): Promise<ServiceInputs> {
		const { keys } = this.#options;
		const image = await this.#imageOf(options.imageId, options.signal);
		const supervisorApiKey = wantsSupervisorApi(options.service, image)
			? await keys.serviceKey(options.app.appId, options.name, findApiKey(options.containers, options.name))
			: undefined;
		return inputsFrom(image, supervisorApiKey);
	}

	async #imageOf(imageId: string | undefined, signal: AbortSignal): Promise<ImageInspection | undefined> {
		return imageId === undefined ? undefined : this.#options.engine.inspectImage(imageId, signal);
	}
}

function inputsFrom(image: ImageInspection | undefined, supervisorApiKey: string | undefined): ServiceInputs {
	return {
		...(image === undefined ? {} : { image }),
		...(supervisorApiKey === undefined ? {} : { supervisorApiKey }),
	};
}

function targetOf({ apps: all, config }: TargetDocument, apps: readonly ComposedApp[]): TargetState {
	const hostOs = findHostRelease(all);
	const supervisor = findSupervisorRelease(all);
	return {
		apps,
		variables: config,
		...(hostOs === undefined ? {} : { hostOs }),
		...(supervisor === undefined ? {} : { supervisor }),
	};
}

/** With another key the container would have to be made anew. */
function findApiKey(containers: readonly ContainerView[], serviceName: string): string | undefined {
	return containers.find((container) => container.serviceName === serviceName)?.config.environment[API_KEY_VARIABLE];
}
