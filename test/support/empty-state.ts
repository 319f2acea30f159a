import type { CurrentState } from '../../src/domain/current.ts';
import { PLAIN_CONFIG } from './device-config.ts';

/** An empty device on target. */
export const emptyState: CurrentState = {
	apps: [],
	images: [],
	imageRecords: [],
	volumes: [],
	supervisorNetworkReady: true,
	extraFirmwareReady: true,
	localMode: { snapshot: false, apps: false },
	excludedImages: new Set(),
	crashes: new Map(),
	failedStarts: new Map(),
	leaving: new Map(),
	completed: new Set(),
	keptVolumes: [],
	locks: new Map(),
	host: { reboot: 'none', reboots: { due: [], records: [] }, bootedAt: '', shuttingDown: false, ...PLAIN_CONFIG },
	unreadable: [],
};
