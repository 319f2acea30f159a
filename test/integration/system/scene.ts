import { createControlClient, type ControlClient } from '../../../tools/cloud/control-client.ts';
import type { FleetView, ReleaseView } from '../../../tools/cloud/control-views.ts';
import { startCloud, type CloudOptions, type RunningCloud } from '../../../tools/cloud/start-cloud.ts';
import { describeMachine } from '../../../tools/dind/device-folder.ts';
import { createDevice, type DeviceOptions, type DeviceProcess } from '../../support/device-process.ts';
import { layCable, type Cable } from '../../support/cable.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';
import { ensureImages, removeImages } from './images.ts';

export type Compositions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface ReleaseOptions {
	/** The part of a service in the compose file; without it the image is all there is to it. */
	readonly compositions?: Compositions;
	readonly volumes?: Readonly<Record<string, unknown>>;
	readonly networks?: Readonly<Record<string, unknown>>;
	readonly fleet?: FleetView;
}

export interface SceneOptions extends Pick<DeviceOptions, 'config' | 'environment'> {
	readonly tls?: CloudOptions['tls'];
	/** For a registry that checks the tokens of the cloud. */
	readonly tokenSigner?: CloudOptions['tokenSigner'];
	/** How many lines of its log the cloud keeps. */
	readonly logLinesKept?: number;
	/** On the way of the log stream, between the device and the cloud. */
	readonly hasLogCable?: boolean;
}

/** One device with a cloud of its own, on the engine that all tests share in turn. */
export interface Scene {
	readonly engine: RealEngine;
	readonly cloud: RunningCloud;
	readonly client: ControlClient;
	readonly fleet: FleetView;
	readonly device: DeviceProcess;
	/** There where it was asked for. */
	readonly logCable: Cable | undefined;
	/** References of tiny images that differ. */
	readonly images: readonly [string, string, string, string, string, string];
	/** Makes a release of these images, by service, which becomes the target. Returns when the cloud has it. */
	release(images: Readonly<Record<string, string>>, options?: ReleaseOptions): Promise<ReleaseView>;
	/** The same, then notifies the device and waits until it is on target. */
	apply(images: Readonly<Record<string, string>>, options?: ReleaseOptions): Promise<ReleaseView>;
	/** The last report names exactly these services, as running, and this release. */
	waitForReport(commit: string, services: readonly string[]): Promise<void>;
	dispose(): Promise<void>;
}

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];
const POLL_INTERVAL_MS = 1000;
/** Reports have a budget: one each ten seconds after the first three. */
const REPORT_MS = 25_000;

export async function setScene(options: SceneOptions = {}): Promise<Scene> {
	const cleanUp = new CleanUp();
	return cleanUp.during(() => makeScene(options, cleanUp));
}

async function makeScene(options: SceneOptions, cleanUp: CleanUp): Promise<Scene> {
	const { tls, tokenSigner, logLinesKept, hasLogCable = false, ...deviceOptions } = options;
	const engine = await requireEngine();
	cleanUp.add(() => engine.dispose());
	const cloud = await startCloud({
		...{ port: 0, tls, tokenSigner, logLinesKept },
		minimumPollIntervalMs: POLL_INTERVAL_MS,
	});
	cleanUp.add(() => cloud.stop()); // or it would keep the run from ending
	const client = createControlClient(cloud.url);
	const { slug: deviceType, arch } = describeMachine();
	const fleet = await client.createFleet({ name: 'fleet', deviceType, arch });
	const logCable = hasLogCable ? await layCable(cloud.port) : undefined;
	cleanUp.add(() => logCable?.remove());
	cleanUp.add(() => removeImages(engine, `${engine.registry}/v2/*`)); // or the next device would not have to fetch them
	const device = await createDevice({
		engine,
		cloud: { url: cloud.url, fleet },
		...deviceOptions,
		config: { deltaEndpoint: cloud.url, ...(logCable && { logsEndpoint: logCable.url }), ...deviceOptions.config },
	});
	cleanUp.add(() => device.dispose());
	const release: Scene['release'] = (images, { compositions = {}, fleet: other = fleet, ...rest } = {}) => {
		const services = Object.fromEntries(Object.keys(images).map((name) => [name, compositions[name] ?? {}]));
		return client.createRelease(other.id, { composition: { services, ...rest }, images });
	};
	return {
		engine,
		cloud,
		client,
		fleet,
		device,
		logCable,
		// As many as there are names.
		images: (await ensureImages(engine, NAMES)) as unknown as Scene['images'],
		release,
		apply: async (images, options) => {
			const made = await release(images, options);
			await device.update();
			await device.waitForOnTarget(made.commit);
			return made;
		},
		waitForReport: (commit, services) =>
			device.waitFor(
				`the cloud knows that ${services.join(', ')} of ${commit} run`,
				async () => {
					const view = await device.view();
					const installs = view?.installs.filter(({ status }) => status !== 'deleted') ?? [];
					const reported = installs.map((one) => `${one.release} ${one.service} ${one.status}`).sort();
					const expected = services.map((name) => `${commit} ${name} Running`).sort();
					return view?.releaseUuid === commit && reported.join() === expected.join();
				},
				REPORT_MS,
			),
		dispose: () => cleanUp.run(),
	};
}
