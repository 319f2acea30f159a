import { dirname } from 'node:path';
import { ConfigCopyFiles, FatFile, watchFile } from '../adapters/files/index.ts';
import { ConfigJson, ConfigWatch, type Config, type Environment } from '../config/index.ts';
import { HeldSystemLog } from '../logger/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

interface BuildConfigOptions {
	readonly environment: Environment;
	readonly clock: Clock;
	readonly log: Log;
}

export interface ConfigParts {
	readonly configJson: ConfigJson;
	/** Its lines for the user, which wait for the log. */
	readonly held: HeldSystemLog;
}

export function buildConfigJson({ environment, clock, log }: BuildConfigOptions): ConfigParts {
	const { configJsonPath: path, databasePath } = environment;
	const held = new HeldSystemLog();
	const configJson = new ConfigJson({
		file: new FatFile(path),
		copy: new ConfigCopyFiles({ path, folder: dirname(databasePath) }),
		clock,
		log: log.child('config'),
		systemLog: held,
	});
	return { configJson, held };
}

export function buildConfigWatch(
	{ clock, log: root }: BuildConfigOptions,
	configJson: ConfigJson,
	config: Config,
): ConfigWatch {
	const log = root.child('config');
	return new ConfigWatch({
		config,
		configJson,
		watch: (changed) => watchFile(configJson.path, changed, log),
		clock,
		log,
	});
}
