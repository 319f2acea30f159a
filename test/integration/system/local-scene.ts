import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CleanUp } from '../../support/clean-up.ts';
import { apiClient, type ApiAnswer, type ApiCall } from './api-client.ts';
import { containersByService, type Container } from './engine-view.ts';
import { shareLockDirectories, type LockDirectories } from './lock-directories.ts';
import { setScene, type Scene, type SceneOptions } from './scene.ts';

export const COMMIT = '10ca12e1ea5e';
const APP_ID = 1;

type Services = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A device without a cloud, as a developer has it on the tracker (set-ups U, T1 and T2 of device-api section 12). */
export interface LocalScene extends Omit<Scene, 'apply'> {
	readonly locks: LockDirectories;
	call(method: string, path: string, call?: ApiCall): Promise<ApiAnswer>;
	/** Services `one` and `two`, or those named, with these members over what they have; as the command line posts it. */
	target(services?: Services, rest?: Readonly<Record<string, unknown>>): object;
	/** Posts it and waits until the device is there. */
	apply(target: object): Promise<void>;
	settled(): Promise<void>;
	containers(): Promise<Readonly<Record<string, Container>>>;
}

const BUILT = ['one', 'two'];

export function setLocalScene(options: SceneOptions = {}): Promise<LocalScene> {
	const cleanUp = new CleanUp();
	return cleanUp.during(() => makeLocalScene(options, cleanUp));
}

async function makeLocalScene(options: SceneOptions, cleanUp: CleanUp): Promise<LocalScene> {
	const scene = await setScene({ ...options, config: { apiEndpoint: '', apiKey: undefined, ...options.config } });
	const { engine, device, images } = scene;
	cleanUp.add(() => {
		if (existsSync(device.folder)) throw new Error('the folder of the device is still there');
	});
	cleanUp.add(() => engine.docker('rmi', '--force', ...BUILT.map((name) => `local_image_${name}:latest`)));
	cleanUp.add(() => scene.dispose());
	for (const [index, name] of BUILT.entries()) {
		await engine.docker('pull', images[index] ?? '');
		await engine.docker('tag', images[index] ?? '', `local_image_${name}:latest`);
	}
	const locks = shareLockDirectories(join(device.folder, 'root'), APP_ID);
	cleanUp.add(() => locks.dispose());
	const call = apiClient(device.url);
	const isSettled = async () => {
		const { json } = await call('GET', '/v2/state/status');
		return (json as { readonly appState?: string }).appState === 'applied';
	};
	return {
		...scene,
		locks,
		call,
		target: (services = { one: { volumes: ['data:/data'] }, two: {} }, rest = {}) => ({
			local: {
				name: 'tracker',
				config: { SUPERVISOR_LOCAL_MODE: 'true' },
				apps: { [APP_ID]: describeApp(services) },
				...rest,
			},
		}),
		apply: async (target) => {
			const { status, text } = await call('POST', '/v2/local/target-state', { body: target });
			if (status !== 200) throw new Error(`${status} ${text}`);
			await device.waitFor('it is on target', isSettled);
		},
		settled: () => device.waitFor('it is on target', isSettled),
		containers: () => containersByService(engine),
		dispose: () => cleanUp.run(),
	};
}

/** As the command line numbers and names them. */
function describeApp(services: Services): object {
	return {
		name: 'localapp',
		commit: COMMIT,
		releaseId: '1',
		services: Object.fromEntries(
			Object.entries(services).map(([name, members], index) => [
				index + 1,
				{
					imageId: index + 1,
					serviceId: index + 1,
					serviceName: name,
					image: `local_image_${name}:latest`,
					running: true,
					environment: {},
					labels: {},
					...members,
				},
			]),
		),
		volumes: { data: {} },
		networks: {},
	};
}
