import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError, pingEngine } from '../device/index.ts';
import { buildImage } from './build.ts';
import { checkKeptCloud, chooseCloud, findKeptCloud } from './choose-cloud.ts';
import { chooseOs } from './choose-os.ts';
import type { Command } from './command.ts';
import { parseCommandLine, parsePort } from './command.ts';
import { findFreePort } from './choose-ports.ts';
import { DEVICE_PORT, chooseDirectory, readRecord } from './device-folder.ts';
import type { DeviceRecord } from './device-folder.ts';
import { findDevice, isDeviceAlive } from './device-home.ts';
import { canEmulate, chooseArch, machineArch } from './device-types.ts';
import { canUseDocker, describeContainer } from './engine-container.ts';
import { checkInputs } from './inputs.ts';
import type { Inputs } from './inputs.ts';
import { checkRules, describeOptions } from './options.ts';
import { DIND_IMAGE, INPUTS, RUN_OPTIONS, RUN_RULES } from './run-options.ts';
import type { RunValues } from './run-options.ts';
import { chooseDeviceType, startDevice } from './start-device.ts';
import { checkOwner, endDevice } from './stop.ts';
import { formatTable } from './terminal.ts';
import { asTyped } from './typed.ts';
import type { Typed } from './typed.ts';
import { ReleaseError } from './watch-release.ts';

const PRIVATE = { kind: 'private' } as const;

export const runCommand: Command = {
	name: 'run',
	usage: [
		'Usage: dindctl run [FILE] [OPTIONS]',
		'',
		'Makes a device with an engine, a registry and a cloud of its own, pushes FILE (a compose file; by default a sample',
		'of three services) as its first release, and returns when they run. A device of dindctl stop --keep starts again with the',
		'release and the port that it had; with FILE it gets that as its next release. What services publish can be reached on',
		'127.0.0.1 here; the ports are printed. Without root the engine runs in a privileged container of your Docker, if you may',
		'use one. With --os a host that runs already is stopped first, as by dindctl stop.',
		'',
		...describeOptions(RUN_OPTIONS),
	].join('\n'),
	async run(args, signal, typed) {
		const { values, positionals } = parseCommandLine('run', args, { options: RUN_OPTIONS, positionalsMax: 1 });
		await runDevice(values, { file: positionals[0], stopsFirst: true, signal, typed });
		return 0;
	},
};

export const buildrunCommand: Command = {
	name: 'buildrun',
	usage: [
		'Usage: dindctl buildrun [FILE] [OPTIONS]',
		'',
		'Builds the image of the supervisor, as dindctl build, and runs it, as dindctl run --os --image, if no host runs yet.',
		'The options are those of dindctl run.',
	].join('\n'),
	async run(args, signal, typed) {
		const { values, positionals } = parseCommandLine('buildrun', args, { options: RUN_OPTIONS, positionalsMax: 1 });
		const host = { ...values, os: true };
		checkRules(host, [
			...RUN_RULES,
			{ option: 'image', without: 'os', problem: 'buildrun makes the image itself', remedy: 'Leave out --image' },
		]);
		refuseSecond(values);
		const image = await buildForRun(values, signal);
		await runDevice({ ...host, arch: undefined, tag: undefined, image }, { file: positionals[0], signal, typed });
		return 0;
	},
};

interface RunDevice {
	readonly file: string | undefined;
	/** A host that runs already. */
	readonly stopsFirst?: boolean;
	readonly signal: AbortSignal;
	readonly typed: Typed;
}

async function runDevice(asked: RunValues, { file, stopsFirst = false, signal, typed }: RunDevice): Promise<void> {
	checkRules(asked, RUN_RULES);
	const askedPort = parsePort(asked.port);
	const directory = chooseDirectory(asked);
	if (!stopsFirst || asked.os !== true) refuseSecond(asked);
	const cloud = chooseCloud(asked, file, findKeptCloud(directory, findKept(directory, asked)));
	const inputs = chooseInputs(asked);
	const values = await withForeignImage(asked, signal);
	if (values.engine !== undefined) await checkEngine(values.engine, values.yes === true);
	await stopPrevious(directory, values);
	const kept = readRecord(directory);
	checkKeptCloud(cloud, directory, kept);
	const os = chooseOs(values, kept);
	const isNamed = (values.name ?? values['dind-container']) !== undefined;
	const port = askedPort ?? kept?.port ?? (isNamed ? await findFreePort(DEVICE_PORT) : DEVICE_PORT);
	const deviceType = chooseDeviceType(values['device-type'], kept?.deviceType);
	// With --os the image is that of the host.
	const image = os === undefined ? values['dind-image'] : undefined;
	const home = await chooseHome({ directory, engine: values.engine, image });
	// `stop` removes the folder with all that is in it.
	if (kept === undefined && existsSync(directory) && readdirSync(directory).length > 0) {
		throw new DeviceError(`${directory} holds something else`, 'Choose another --directory');
	}
	const hints = { isHost: os !== undefined, takesReleases: cloud.kind !== 'config' };
	try {
		await startDevice({
			directory,
			port,
			home,
			os,
			deviceType,
			cloud,
			inputs,
			program: values.program,
			isFileGiven: file !== undefined,
			signal,
		});
	} catch (error) {
		if (signal.aborted) console.error('Interrupted, cleaning up');
		// The device stays, so that its user can look at it and release another file.
		else if (error instanceof ReleaseError) {
			printHints(typed, hints);
			throw error;
		}
		const explained = signal.aborted || kept !== undefined ? error : saveLogs(directory, error);
		await endDevice(directory, { keep: kept !== undefined });
		throw explained;
	}
	printHints(typed, hints);
}

function printHints(typed: Typed, hints: Parameters<typeof describeHints>[0]): void {
	for (const line of describeHints(hints)) console.log(asTyped(line, typed));
}

/** A host that runs is removed first, unless it shall be kept. */
function findKept(directory: string, values: RunValues): DeviceRecord | undefined {
	const device = findDevice(directory);
	const isRemoved = device !== undefined && isDeviceAlive(device) && values['no-clean'] !== true;
	return isRemoved ? undefined : readRecord(directory);
}

function chooseInputs(values: RunValues): Inputs {
	const inputs = {
		folder: values.inputs ?? INPUTS,
		preload: values.preload === true,
		backup: values['mount-backup'] === true,
	};
	checkInputs(inputs);
	return inputs;
}

/** An image for another architecture is built apart, and run as one that was given. */
async function withForeignImage(values: RunValues, signal: AbortSignal): Promise<RunValues> {
	if (chooseArch(values.arch) === machineArch()) return values;
	const image = await buildForRun(values, signal);
	return { ...values, arch: undefined, tag: undefined, image };
}

async function buildForRun(values: RunValues, signal: AbortSignal): Promise<string> {
	const arch = chooseArch(values.arch);
	if (!canEmulate(arch)) {
		const remedy = 'Install qemu-user-static and binfmt-support, or only build it: dindctl build';
		throw new DeviceError(`This machine cannot run programs for ${arch}`, remedy);
	}
	return buildImage({ arch, tag: values.tag, isReadable: values['no-optimize'] === true, signal });
}

function refuseSecond(values: RunValues): void {
	const existing = findDevice(chooseDirectory(values));
	if (existing === undefined || !isDeviceAlive(existing)) return;
	throw new DeviceError('A device is running already', 'See dindctl status, or end it with dindctl stop');
}

/** Spec: dev-tools 7.1. Of a fast device a second run is refused before. */
async function stopPrevious(directory: string, values: RunValues): Promise<void> {
	const previous = findDevice(directory);
	if (previous === undefined || !isDeviceAlive(previous)) return;
	chooseOs({ os: values.os }, previous.record); // a device of the other kind is not stopped
	const keep = values['no-clean'] === true;
	console.log(`Stopping the host that runs${keep ? '' : ' and removing its data'}`);
	await endDevice(directory, { keep });
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

async function checkEngine(socketPath: string, isConfirmed: boolean): Promise<void> {
	console.error(`Warning: the supervisor deletes images and containers of ${socketPath} and changes its firewall.`);
	if (!isConfirmed)
		throw new DeviceError(`${socketPath} is an engine of this machine`, 'Add --yes to use it all the same');
	if (await pingEngine(socketPath)) return;
	throw new DeviceError(`No engine answers at ${socketPath}`, 'Start it, or leave out --engine to have a private one');
}

function describeHints({ isHost, takesReleases }: { isHost: boolean; takesReleases: boolean }): readonly string[] {
	const hints = [
		['dindctl status', 'what runs, and why it differs from the release'],
		...(isHost
			? [
					['dindctl logs -n 50 -u balena-supervisor', 'the journal'],
					['dindctl shell', 'a shell in the host'],
				]
			: [
					['dindctl logs -f [SERVICE]', 'the logs of all services and of the supervisor'],
					['dindctl shell SERVICE', 'a shell in a service'],
				]),
		...(takesReleases
			? [['dindctl release FILE', 'another compose file; try tools/sample/docker-compose.next.yml']]
			: []),
		['dindctl docker ps', "the device's engine"],
		['dindctl stop', 'end it and remove all of it; --keep keeps the data'],
	];
	return ['', 'The device runs in the background. Look around:', ...formatTable(hints).map((line) => `  ${line}`)];
}
