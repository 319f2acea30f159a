import { AppsJsonFile } from '../adapters/files/index.ts';
import type { Cloud } from '../api-binder/index.ts';
import { Preloader } from '../device-state/index.ts';
import type { DeviceStateParts } from './build-device-state.ts';
import type { Core } from './core.ts';

export function buildPreloader(core: Core, { engine, boot }: DeviceStateParts, cloud: Cloud): Preloader {
	const { options, database, config, intake } = core;
	const log = options.log.child('preload');
	return new Preloader({
		file: new AppsJsonFile(options.environment.preloadPath, log),
		engine,
		images: database.images,
		intake,
		config,
		bootVariables: () => boot.readVariables(),
		findAppUuid: (appId, signal) => cloud.findAppUuid(appId, signal),
		log,
	});
}
