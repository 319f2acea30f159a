import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DeviceError, ensurePackages, importBaseImage, startDeviceHost, startRegistry } from '../device/index.ts';
import type { DeviceHost } from '../device/index.ts';
import { ensureOsBase } from '../os/index.ts';
import type { OsBase } from '../os/index.ts';
import type { CloudChoice } from './choose-cloud.ts';
import { choosePorts } from './choose-ports.ts';
import { createFleet, createRelease, findFleetTarget, startCloud } from './cloud.ts';
import {
	DEVICE_PORT,
	ensureConfig,
	ensureOwnConfig,
	ensureStandInConfig,
	layOutFolders,
	readRecord,
	requireRecord,
	writeRecord,
} from './device-folder.ts';
import type { DeviceRecord, OsHome } from './device-folder.ts';
import { createPlainHost, requireDevice } from './device-home.ts';
import { describeDeviceType } from './device-types.ts';
import type { DeviceType } from './device-types.ts';
import { findMachine, startContainer } from './engine-container.ts';
import { describeForwards, endForwards, forwardServices } from './forward-services.ts';
import { layOutInputs, loadPreloadedImages } from './inputs.ts';
import type { Inputs } from './inputs.ts';
import { bootOs, installSupervisor, startOsSupervisor } from './os.ts';
import { prepareRelease } from './prepare-release.ts';
import type { PreparedRelease } from './prepare-release.ts';
import { readReleaseFile } from './read-release-file.ts';
import type { ReleaseFile } from './read-release-file.ts';
import { pushRelease } from './push-release.ts';
import { SAMPLE } from './run-options.ts';
import { buildSupervisor, forwardPorts, reservePort, startSupervisor } from './supervisor.ts';
import { SupervisorApi } from './supervisor-api.ts';
import { STABLE_MS, waitForSupervisor, watchRelease } from './watch-release.ts';

const FLEET = 'sample';

interface StartDevice {
	readonly directory: string;
	readonly port: number;
	readonly home: DeviceRecord['home'];
	readonly os: OsHome | undefined;
	readonly deviceType: DeviceType;
	readonly cloud: CloudChoice;
	readonly inputs: Inputs;
	readonly program: string | undefined;
	/** A release of the user has to show that it lasts; the sample is known to. */
	readonly isFileGiven: boolean;
	readonly signal: AbortSignal;
}

/** Makes the device, or starts a kept one, and returns when it has what it was to run. */
export async function startDevice(options: StartDevice): Promise<void> {
	const { directory, home, os, port, cloud, signal } = options;
	const server = await reservePort(port);
	const log = (line: string) => console.log(line);
	try {
		const program = await findProgram(options, log);
		const base = os && (await ensureOsBase({ log, signal }));
		layOutDevice(options, await choosePorts());
		log('Starting the engine, which takes up to 15 s');
		const host = await startHost(options, base);
		const [release, image] = await Promise.all([
			startSource(host, options),
			os && base && installSupervisor({ host, os, base, program, log, signal }),
			loadPreloadedImages({ socketPath: host.socketPath, inputs: options.inputs, log, signal }),
		]);
		const portInside = cloud.kind === 'config' ? cloud.config.listenPort : DEVICE_PORT;
		if (home.kind === 'private') await forwardPorts(host, [{ server, host: '127.0.0.1', port: portInside }]);
		else server.close();
		log('Starting the supervisor');
		if (os !== undefined && image !== undefined) await startService(directory, { ...os, image });
		else if (program !== undefined) await startSupervisor(host, home, program);
		await waitForTarget(release, options);
	} finally {
		server.close();
	}
}

/** Returns when the device runs what it was given, or is up if that is not known here. */
async function waitForTarget(release: Source | undefined, options: StartDevice): Promise<void> {
	const { directory, home, isFileGiven, signal } = options;
	const stableMs = isFileGiven ? STABLE_MS : 0;
	await waitForSupervisor({ directory, signal });
	if (release?.commit !== undefined) {
		return watchRelease({ directory, commit: release.commit, trigger: false, stableMs, signal });
	}
	if (release?.prepared !== undefined) {
		const { prepared, folder } = release;
		const commit = await pushRelease(directory, { record: requireRecord(directory), prepared, folder });
		console.log(`Release ${commit}`);
		return watchRelease({ directory, commit, trigger: false, stableMs, signal });
	}
	const own = options.cloud.kind === 'none' ? await findOwnTarget(options.port) : undefined;
	if (own !== undefined) return watchRelease({ directory, commit: own, trigger: false, stableMs, signal });
	console.log(`The device runs. ${describeTarget(options)}`);
	const { host } = requireDevice(directory);
	for (const line of describeForwards(await forwardServices(directory, host, home))) console.log(line);
}

/** What a device without a cloud was given before it was stopped. */
async function findOwnTarget(port: number): Promise<string | undefined> {
	const applications = await new SupervisorApi(port, undefined).readApplications();
	const [first] = Object.values(applications ?? {});
	return first?.commit ?? undefined;
}

function describeTarget({ cloud, inputs }: StartDevice): string {
	if (cloud.kind === 'config') return `Its target comes from ${cloud.config.apiEndpoint}`;
	return inputs.preload ? 'Its apps were preloaded, and it has no cloud' : 'It has no cloud: its API takes a target';
}

/** An image may have got its name from the file that it was in. */
async function startService(directory: string, os: OsHome): Promise<void> {
	writeRecord(directory, { ...requireRecord(directory), os });
	await startOsSupervisor(directory, os);
}

/** Undefined where the supervisor comes as an image, and nothing of this checkout is mounted over it. */
async function findProgram(options: StartDevice, log: (line: string) => void): Promise<string | undefined> {
	const { program, os, signal } = options;
	if (program !== undefined) {
		if (!existsSync(program)) throw new DeviceError(`There is no program ${program}`, 'See dindctl run --help');
		return resolve(program);
	}
	const isGiven = os?.isGiven === true;
	if (isGiven && os.mounts?.includes('dist') !== true) return undefined;
	const built = await buildSupervisor({ log, isReadable: os?.isReadable === true, signal });
	return isGiven ? undefined : built;
}

function layOutDevice(options: StartDevice, freePorts: DeviceRecord['ports']): void {
	const { directory, home, os, port, cloud, deviceType, inputs } = options;
	layOutFolders(directory, deviceType);
	endForwards(directory);
	const kept = readRecord(directory);
	writeRecord(directory, {
		...kept,
		home,
		...(os && { os }),
		deviceType: deviceType.slug,
		port,
		ports: kept?.ports ?? freePorts,
	});
	const portChange = home.kind === 'container' ? { listenPort: port } : {};
	if (cloud.kind === 'config') ensureConfig(directory, cloud.path, portChange);
	if (cloud.kind === 'none') ensureOwnConfig(directory, deviceType.slug);
	if (os !== undefined) layOutInputs(directory, inputs);
}

async function startHost(options: StartDevice, base: OsBase | undefined): Promise<DeviceHost> {
	const { directory, home, os, cloud, signal } = options;
	const log = (line: string) => console.log(line);
	const outbound = cloud.kind === 'config';
	if (os !== undefined && base !== undefined) return bootOs({ directory, os, base, outbound, log, signal });
	if (home.kind === 'private') return startDeviceHost({ directory, log, life: 'detached', outbound, signal });
	const isContainer = home.kind === 'container';
	await ensurePackages({ outbound: false, imagesOnly: isContainer, log });
	const host = createPlainHost(directory, home);
	if (isContainer) await startContainer({ home, host, log, signal });
	return host;
}

/** What the device gets: a release of its cloud, or one that has to be given to its own API when that answers. */
type Source =
	| { readonly commit: string; readonly prepared?: undefined }
	| { readonly commit?: undefined; readonly prepared: PreparedRelease; readonly folder: string };

/** The registry and the cloud, where they are of this device, and its release. */
async function startSource(host: DeviceHost, options: StartDevice): Promise<Source | undefined> {
	const { cloud, directory, os, signal } = options;
	if (cloud.kind === 'config' || (cloud.kind === 'none' && os !== undefined)) return undefined;
	const { ports } = requireRecord(directory);
	const [registry] = await Promise.all([
		findMachine(options.home).then((ip) => startRegistry(host, { ip, port: ports.registry })),
		cloud.kind === 'stand-in' ? startCloud(host, ports.cloud, signal) : undefined,
		importBaseImage(host.socketPath),
	]);
	const prepare = (file: ReleaseFile) => {
		console.log('Images');
		return prepareRelease(file, { socketPath: host.socketPath, registry: registry.address, signal });
	};
	if (cloud.kind === 'none') {
		return cloud.file && { prepared: await prepare(cloud.file), folder: cloud.file.folder };
	}
	const kept = await findKeptRelease(options);
	if (cloud.file === undefined && kept !== undefined) {
		console.log(`Release ${kept}, as before`);
		return { commit: kept };
	}
	const prepared = await prepare(cloud.file ?? readReleaseFile(SAMPLE));
	const fleet = requireRecord(directory).fleet ?? (await foundFleet(options));
	const { commit } = await createRelease(directory, fleet.id, prepared);
	console.log(`Release ${commit}`);
	return { commit };
}

/** None, if the run before was interrupted before it made one. */
async function findKeptRelease({ directory }: StartDevice): Promise<string | undefined> {
	const { fleet } = requireRecord(directory);
	return fleet && findFleetTarget(directory, fleet.id);
}

/** A fleet for a new device, and the device's invitation to it. A kept device has both. */
async function foundFleet(options: StartDevice): Promise<{ readonly id: number; readonly name: string }> {
	const { directory, home, port, deviceType } = options;
	const { id, name, provisioningKey } = await createFleet(directory, FLEET, deviceType);
	const listenPort = home.kind === 'private' ? DEVICE_PORT : port;
	const record = requireRecord(directory);
	const fleet = { id, key: provisioningKey, deviceType: deviceType.slug, cloudPort: record.ports.cloud, listenPort };
	ensureStandInConfig(directory, fleet);
	writeRecord(directory, { ...record, fleet: { id, name } });
	return { id, name };
}

/** As it was kept, or as it is asked for. */
export function chooseDeviceType(asked: string | undefined, kept: string | undefined): DeviceType {
	if (asked !== undefined && kept !== undefined && asked !== kept) {
		throw new DeviceError(`This device is of the type ${kept}`, 'Leave out --device-type, or use dindctl stop first');
	}
	return describeDeviceType(asked ?? kept);
}
