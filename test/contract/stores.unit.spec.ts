import { openDatabase } from '../../src/adapters/sqlite/index.ts';
import { silentLog } from '../support/logs.ts';
import { MemoryHostUpdateStore } from '../support/memory-host-os.ts';
import {
	MemoryCommitStore,
	MemoryImageStore,
	MemoryKeptVolumeStore,
	MemoryKeyStore,
	MemoryRebootStore,
	MemoryRequestStore,
	MemoryTargetStore,
} from '../support/memory-stores.ts';
import { MemorySupervisorUpdateStore } from '../support/memory-supervisor.ts';
import { makeTempDirectory } from '../unit/adapters/sqlite/raw-database.ts';
import { describeStores } from './stores.contract.ts';

const STILL = { now: () => 1000, wall: () => new Date(0) };
const SOURCE = 'https://api.example.com';
const CLOCK = { now: () => 5, wall: () => new Date(1_000_000) };

describeStores('memory', () =>
	Promise.resolve({
		targets: new MemoryTargetStore(),
		images: new MemoryImageStore(),
		commits: new MemoryCommitStore(),
		keys: new MemoryKeyStore(),
		requests: new MemoryRequestStore(),
		keptVolumes: new MemoryKeptVolumeStore(),
		reboots: new MemoryRebootStore(),
		hostUpdates: new MemoryHostUpdateStore(STILL),
		supervisorUpdates: new MemorySupervisorUpdateStore(CLOCK),
		source: SOURCE,
		close: () => Promise.resolve(),
	}),
);

describeStores('SQLite', async () => {
	const directory = await makeTempDirectory();
	const database = await openDatabase({ path: `${directory.path}/database.sqlite`, log: silentLog });
	return {
		targets: database.targetStore({
			readSource: () => Promise.resolve(SOURCE),
			onSourceChange: () => () => undefined,
			settingsWritten: () => Promise.resolve(),
			normalise: (config) => config,
			dump: () => Promise.resolve(),
		}),
		images: database.images,
		commits: database.commits,
		keys: database.keys,
		requests: database.requests,
		keptVolumes: database.keptVolumes,
		reboots: database.reboots,
		hostUpdates: database.hostUpdateStore(STILL),
		supervisorUpdates: database.supervisorUpdateStore(CLOCK),
		source: SOURCE,
		close: async () => {
			await database.close();
			await directory.remove();
		},
	};
});
