import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
	DeviceError,
	ensurePackages,
	importBaseImage,
	pingEngine,
	startDeviceHost,
	startRegistry,
} from '../device/index.ts';
import type { DeviceHost } from '../device/index.ts';
import { ensureOsBase } from '../os/index.ts';
import type { OsBase } from '../os/index.ts';
import { choosePorts } from './choose-ports.ts';
import { createFleet, createRelease, startCloud } from './cloud.ts';
import type { Command } from './command.ts';
import { parseCommandLine, parseNumber } from './command.ts';
import {
	DEVICE_PORT,
	chooseDirectory,
	ensureConfig,
	ensureStandInConfig,
	readConfig,
	layOutFolders,
	readRecord,
	requireRecord,
	writeRecord,
} from './device-folder.ts';
import type { DeviceRecord, OsHome } from './device-folder.ts';
import { createPlainHost, findDevice, isDeviceAlive } from './device-home.ts';
import { canUseDocker, describeContainer, findMachine, startContainer } from './engine-container.ts';
import { bootOs, describeOs, installSupervisor, refuseUnbuilt, startOsSupervisor } from './os.ts';
import { prepareRelease } from './prepare-release.ts';
import { readReleaseFile } from './read-release-file.ts';
import type { ReleaseFile } from './read-release-file.ts';
import { checkOwner, endDevice } from './stop.ts';
import { buildSupervisor, forwardPort, reservePort, startSupervisor } from './supervisor.ts';
import { waitForSupervisor, watchRelease } from './watch-release.ts';

const SAMPLE = join(import.meta.dirname, '../sample/docker-compose.yml');
const FLEET = 'sample';
const DIND_IMAGE = 'docker:dind';
const PRIVATE = { kind: 'private' } as const;

export const runCommand: Command = {
	name: 'run',
	usage: [
		'Usage: dindctl run [FILE] [OPTIONS]',
		'',
		'Makes a device with an engine, a registry and a cloud of its own, pushes FILE (a compose file; by default a sample',
		'of three services) as its first release, and returns when they run. Without root the engine runs in a privileged',
		'container of your Docker, if you may use one.',
		'',
		'  --config FILE       take this config.json and belong to the cloud it names; no stand-in cloud, no sample',
		'  --os                a whole host in a container: systemd, journal, D-Bus, an engine, the supervisor as its service',
		'  --cloud WHICH       local, or the config.json of a real cloud, as --config (local)',
		`  --port N            where the supervisor's API answers on 127.0.0.1 (${DEVICE_PORT})`,
		'  --engine SOCKET     use this engine instead of a private one; the supervisor deletes its images!  Needs --yes',
		'  --yes               yes, use that engine',
		`  --dind-image IMAGE  what that container is made of (${DIND_IMAGE}); as root too, if given`,
		'  --program FILE      run this supervisor instead of building dist/app.js',
		'  --env-file FILE     take the variables of FILE from here instead of .env beside it; may be repeated',
		'  --directory DIR     where the device keeps its files (~/.local/state/dindctl)',
	].join('\n'),
	async run(args, signal) {
		if (args.includes('--os')) refuseUnbuilt(args);
		const { values, positionals } = parseCommandLine('run', args, {
			options: {
				config: { type: 'string' },
				port: { type: 'string' },
				engine: { type: 'string' },
				yes: { type: 'boolean' },
				'dind-image': { type: 'string' },
				program: { type: 'string' },
				'env-file': { type: 'string', multiple: true },
				os: { type: 'boolean' },
				cloud: { type: 'string' },
			},
			positionalsMax: 1,
		});
		const port = parseNumber('--port', values.port, DEVICE_PORT);
		const directory = chooseDirectory(values.directory);
		const existing = findDevice(directory);
		if (existing !== undefined && isDeviceAlive(existing)) {
			throw new DeviceError('A device is running already', 'See dindctl status, or end it with dindctl stop');
		}
		checkOptions(values);
		if (values.engine !== undefined) await checkEngine(values.engine, values.yes === true);
		const config = values.config ?? (values.cloud === 'local' ? undefined : values.cloud);
		const home = await chooseHome({ directory, engine: values.engine, image: values['dind-image'] });
		const os = chooseOs(directory, values.os === true);
		const wasKept = readRecord(directory) !== undefined;
		// `stop` removes the folder with all that is in it.
		if (!wasKept && existsSync(directory) && readdirSync(directory).length > 0) {
			throw new DeviceError(`${directory} holds something else`, 'Choose another --directory');
		}
		try {
			await startDevice({
				directory,
				port,
				home,
				os,
				config,
				program: values.program,
				releasePath: positionals[0] ?? SAMPLE,
				envFiles: values['env-file'] ?? [],
				signal,
			});
		} catch (error) {
			if (signal.aborted) console.error('Interrupted, cleaning up');
			const explained = signal.aborted || wasKept ? error : saveLogs(directory, error);
			await endDevice(directory, { keep: wasKept });
			throw explained;
		}
		printHints(directory, config === undefined, os !== undefined);
		return 0;
	},
};

function checkOptions(values: Readonly<Record<string, unknown>>): void {
	if (values['os'] !== true && values['engine'] !== undefined && values['config'] !== undefined) {
		throw new DeviceError('--config goes with a private engine only', 'Leave out --engine');
	}
	if (values['os'] !== true && values['engine'] !== undefined && values['dind-image'] !== undefined) {
		throw new DeviceError('--dind-image goes without --engine', 'Leave out one of them');
	}
	if (values['cloud'] !== undefined && values['os'] !== true) {
		throw new DeviceError('--cloud goes with --os only', 'Add --os, or use --config FILE');
	}
	if (values['os'] !== true) return;
	// A host in a container has an engine of its own; where that is cannot be chosen.
	if (values['engine'] !== undefined) throw new DeviceError('--engine goes without --os', 'Leave out one of them');
	if (values['config'] !== undefined && values['cloud'] !== undefined) {
		throw new DeviceError('--cloud and --config say the same', 'Leave out one of them');
	}
}

/** A kept device stays what it was. */
function chooseOs(directory: string, isAsked: boolean): OsHome | undefined {
	const kept = readRecord(directory);
	if (kept !== undefined && (kept.os !== undefined) !== isAsked) {
		const what = kept.os === undefined ? 'This device is no host' : 'This device is a host';
		const remedy = kept.os === undefined ? 'Leave out --os' : 'Add --os';
		throw new DeviceError(what, `${remedy}, or use dindctl stop first`);
	}
	return isAsked ? (kept?.os ?? describeOs()) : undefined;
}

/** A device that was kept keeps its container, as its images and volumes are in there. */
async function chooseHome(options: {
	readonly directory: string;
	readonly engine: string | undefined;
	readonly image: string | undefined;
}): Promise<DeviceRecord['home']> {
	const { directory, engine, image } = options;
	const kept = readRecord(directory)?.home;
	if (kept?.kind === 'container' && engine === undefined) return kept;
	if (kept?.kind === 'container') {
		throw new DeviceError('This device has its engine in a container', 'Leave out --engine, or use dindctl stop first');
	}
	if (engine !== undefined) return { kind: 'engine', socketPath: engine };
	if (process.getuid?.() === 0 && image === undefined) return PRIVATE;
	checkOwner(directory);
	if (process.platform === 'linux' && (await canUseDocker())) {
		return describeContainer(directory, image ?? DIND_IMAGE);
	}
	if (process.getuid?.() === 0) throw new DeviceError('Docker does not answer', 'Start it, or leave out --dind-image');
	const remedy = 'Run it with sudo, or give an engine of your own (docker:dind, say) with --engine SOCKET';
	throw new DeviceError('A private engine needs root', remedy);
}

/** The logs of a device that did not come up outlive it, as the message may send the user there. */
function saveLogs(directory: string, error: unknown): unknown {
	const logs = join(directory, 'logs');
	if (!(error instanceof DeviceError) || !error.remedy.includes(logs)) return error;
	const saved = `${directory}-failed-logs`;
	rmSync(saved, { recursive: true, force: true });
	renameSync(logs, saved);
	return new DeviceError(error.what, error.remedy.replaceAll(logs, saved), { cause: error });
}

interface StartDevice {
	readonly directory: string;
	readonly port: number;
	readonly home: DeviceRecord['home'];
	readonly os: OsHome | undefined;
	readonly config: string | undefined;
	readonly program: string | undefined;
	readonly releasePath: string;
	readonly envFiles: readonly string[];
	readonly signal: AbortSignal;
}

async function startDevice(options: StartDevice): Promise<void> {
	const { directory, home, port, signal } = options;
	const file = options.config === undefined ? readReleaseFile(options.releasePath, options.envFiles) : undefined;
	const config = options.config === undefined ? undefined : readConfig(options.config);
	const server = await reservePort(port);
	const log = (line: string) => console.log(line);
	try {
		const program = options.program === undefined ? await buildSupervisor(log, signal) : findProgram(options.program);
		const base = options.os === undefined ? undefined : await ensureOsBase({ log, signal });
		layOutFolders(directory);
		const kept = readRecord(directory);
		writeRecord(directory, {
			...kept,
			home,
			...(options.os && { os: options.os }),
			port,
			ports: kept?.ports ?? (await choosePorts()),
		});
		const portChange = home.kind === 'container' ? { listenPort: port } : {};
		if (options.config !== undefined) ensureConfig(directory, options.config, portChange);
		log('Starting the engine');
		const host = await startHost(options, base);
		const [commit] = await Promise.all([
			file === undefined ? undefined : startStandIn(host, { ...options, file }),
			options.os && base && installSupervisor({ host, os: options.os, base, program, signal }),
		]);
		if (home.kind === 'private') await forwardPort(host, server, config?.listenPort ?? DEVICE_PORT);
		else server.close();
		log('Starting the supervisor');
		if (options.os === undefined) await startSupervisor(host, home, program);
		else await startOsSupervisor(directory, options.os);
		if (commit !== undefined) await watchRelease({ directory, commit, trigger: false, signal });
		else {
			await waitForSupervisor({ directory, signal });
			log(`The device runs. Its target comes from ${config?.apiEndpoint ?? 'the cloud'}`);
		}
	} finally {
		server.close();
	}
}

function findProgram(path: string): string {
	if (!existsSync(path)) throw new DeviceError(`There is no program ${path}`, 'See dindctl run --help');
	return resolve(path);
}

async function startHost(options: StartDevice, base: OsBase | undefined): Promise<DeviceHost> {
	const { directory, home, os, signal } = options;
	const log = (line: string) => console.log(line);
	if (os !== undefined && base !== undefined) {
		return bootOs({ directory, os, base, outbound: options.config !== undefined, log, signal });
	}
	if (home.kind === 'private') {
		return startDeviceHost({ directory, log, life: 'detached', outbound: options.config !== undefined, signal });
	}
	const isContainer = home.kind === 'container';
	await ensurePackages({ outbound: false, imagesOnly: isContainer, log });
	const host = createPlainHost(directory, home);
	if (isContainer) await startContainer({ home, host, log, signal });
	return host;
}

/** Registry, cloud and a first release. Returns what the device is expected to run. */
async function startStandIn(host: DeviceHost, options: StartDevice & { readonly file: ReleaseFile }): Promise<string> {
	const { directory, signal } = options;
	const { socketPath } = host;
	const { ports } = requireRecord(directory);
	const [registry] = await Promise.all([
		findMachine(options.home).then((ip) => startRegistry(host, { ip, port: ports.registry })),
		startCloud(host, ports.cloud, signal),
		importBaseImage(socketPath),
	]);
	console.log('Images');
	const prepared = await prepareRelease(options.file, { socketPath, registry: registry.address, signal });
	const fleet = requireRecord(directory).fleet ?? (await foundFleet(options));
	const { commit } = await createRelease(directory, fleet.id, prepared);
	console.log(`Release ${commit}`);
	return commit;
}

/** A fleet for a new device, and the device's invitation to it. A kept device has both. */
async function foundFleet(options: StartDevice): Promise<{ readonly id: number; readonly name: string }> {
	const { directory, home, port } = options;
	const { id, name, provisioningKey } = await createFleet(directory, FLEET);
	const listenPort = home.kind === 'private' ? DEVICE_PORT : port;
	const record = requireRecord(directory);
	ensureStandInConfig(directory, { id, key: provisioningKey, cloudPort: record.ports.cloud, listenPort });
	writeRecord(directory, { ...record, fleet: { id, name } });
	return { id, name };
}

async function checkEngine(socketPath: string, isConfirmed: boolean): Promise<void> {
	console.error(`Warning: the supervisor deletes images and containers of ${socketPath} and changes its firewall.`);
	if (!isConfirmed)
		throw new DeviceError(`${socketPath} is an engine of this machine`, 'Add --yes to use it all the same');
	if (await pingEngine(socketPath)) return;
	throw new DeviceError(`No engine answers at ${socketPath}`, 'Start it, or leave out --engine to have a private one');
}

function printHints(directory: string, hasStandIn: boolean, isHost: boolean): void {
	const isDefault = directory === chooseDirectory(undefined);
	const lines = [
		'dindctl status           what runs',
		...(isHost
			? ['dindctl logs -n 50 -u balena-supervisor   the journal', 'dindctl shell            a shell in the host']
			: ['dindctl logs -f [NAME]   the log of the supervisor, or of a service']),
		...(hasStandIn
			? ['dindctl release FILE     push another compose file, try tools/sample/docker-compose.next.yml']
			: []),
		"dindctl docker ps        the device's engine",
		'dindctl stop             end it and remove all of it; --keep keeps the data',
	];
	console.log(['', 'The device runs in the background. Look around:', ...lines.map((line) => `  ${line}`)].join('\n'));
	if (!isDefault) console.log(`Set DINDCTL_DIRECTORY=${directory} for these.`);
}
