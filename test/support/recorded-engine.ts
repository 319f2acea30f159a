import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { ComposeContext } from '../../src/application-manager/index.ts';
import { decodeTarget } from '../../src/device-state/index.ts';
import type { TargetDocument } from '../../src/domain/target.ts';

type Json = Record<string, unknown>;

/** What a real engine (Docker 28) answered beside a settled device of three services, and the target of that device. */
export interface RecordedEngine {
	readonly containers: Json[];
	readonly networks: Json[];
	readonly volumes: Json;
	readonly images: Json[];
	/** By id. */
	readonly inspections: Record<string, Json>;
	readonly imageInspections: Record<string, Json>;
}

interface Recording extends RecordedEngine {
	readonly events: readonly Json[];
	readonly target: Json;
}

const FILE = join(import.meta.dirname, '../fixtures/engine/answers.json');
const { events, target, ...answers } = JSON.parse(readFileSync(FILE, 'utf8')) as Recording; // the fixture has this form
const ANSWERS = JSON.stringify(answers);

/** A copy of its own each time. */
export function readRecordedEngine(): RecordedEngine {
	return JSON.parse(ANSWERS) as RecordedEngine; // as above
}

/** Copies, too. */
export function recordedEvents(): readonly Json[] {
	return structuredClone(events);
}

export function recordedTarget(): TargetDocument {
	const [uuid = ''] = Object.keys(target);
	const decoded = decodeTarget(target, uuid);
	if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
	return decoded.value;
}

/** The calls of dockerode that only read, with these answers. */
export function dockerWith(shown: RecordedEngine): Docker {
	const calls = {
		listContainers: () => Promise.resolve(shown.containers),
		listNetworks: () => Promise.resolve(shown.networks),
		listVolumes: () => Promise.resolve(shown.volumes),
		listImages: () => Promise.resolve(shown.images),
		getContainer: (id: string) => ({ inspect: () => Promise.resolve(shown.inspections[id]) }),
		getImage: (id: string) => ({ inspect: () => Promise.resolve(shown.imageInspections[id]) }),
	};
	return calls as unknown as Docker; // no other call is made by the code under test
}

/** Of the recorded device. */
export const recordedContext: ComposeContext = {
	deviceUuid: '7e5fe0e72ea34938bfdf114a6c3d27fd',
	deviceName: 'device-7e5fe0e',
	deviceType: 'generic-amd64',
	deviceArch: 'amd64',
	hostOsVersion: 'balenaOS 6.1.0',
	hostname: 'device',
	deviceApiKey: 'd'.repeat(32),
	apiEndpoint: 'https://api.example.com',
	listenPort: 29702,
	supervisorHost: '10.114.104.1',
	dockerSocket: '/var/run/docker.sock',
	hasKernelModules: false,
	hasFirmware: false,
};

export const RECORDED_KEY = 'k'.repeat(32);
