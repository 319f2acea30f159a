import { dirname, join } from 'node:path';
import { DockerImageArchives } from '../adapters/docker/index.ts';
import { DiskPatchFolders } from '../adapters/host/index.ts';
import { GotClient, HttpByteSource } from '../adapters/http/index.ts';
import { DeltaClient, DeltaPatches } from '../api-binder/index.ts';
import { FolderImagePatcher } from '../application-manager/index.ts';
import type { Deltas } from '../application-manager/index.ts';
import type { Core } from './core.ts';

export function buildDeltas({ options, config, facts, network }: Core): Deltas {
	const { clock, redactor, environment, log } = options;
	// Beside the database: on the data partition, like the images.
	const folders = new DiskPatchFolders(join(dirname(environment.databasePath), 'deltas'));
	const archives = new DockerImageArchives({ host: environment.dockerHost });
	return new DeltaClient({
		http: new GotClient({ lookup: network.lookup }),
		settings: config,
		facts,
		clock,
		hide: (secret) => {
			redactor.addPassing(secret);
		},
		patches: new DeltaPatches({
			source: new HttpByteSource({ lookup: network.lookup }),
			patcher: new FolderImagePatcher({ archives, folders }),
			clock,
			log: log.child('deltas'),
		}),
	});
}
