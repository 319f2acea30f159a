import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError, runDocker } from '../device/index.ts';
import { ensureSupervisorBase, hasImage, loadImage, writeSupervisorArchive } from '../os/index.ts';
import { archiveOf, nameImage } from './archives.ts';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { chooseArch } from './device-types.ts';
import { describeOptions } from './options.ts';
import { BUILD_OPTIONS, READABLE_OPTION } from './run-options.ts';
import { buildSupervisor } from './supervisor.ts';

const PROJECT = join(import.meta.dirname, '../..');
const TEMPLATE = join(PROJECT, 'Dockerfile.template');
const USERS_ENGINE = undefined;

export const buildCommand: Command = {
	name: 'build',
	usage: [
		'Usage: dindctl build [OPTIONS]',
		'',
		'Makes the image of the supervisor, balena/ARCH-supervisor:TAG. Your Docker builds Dockerfile.template if it can reach',
		"a hub. Else the image is made of Debian's packages, without an engine, as a file that docker load reads. For an",
		"architecture other than this machine's, the packages and the compiler of that one are used; nothing is emulated.",
		'',
		...describeOptions({ ...BUILD_OPTIONS, ...READABLE_OPTION }),
	].join('\n'),
	async run(args, signal) {
		const options = { ...BUILD_OPTIONS, ...READABLE_OPTION };
		const { values } = parseCommandLine('build', args, { options, positionalsMax: 0 });
		const isReadable = values['no-optimize'] === true;
		await buildImage({ arch: values.arch, tag: values.tag, isReadable, signal });
		return 0;
	},
};

/** Returns the name of the image. */
export async function buildImage(options: {
	readonly arch: string | undefined;
	readonly tag: string | undefined;
	readonly isReadable: boolean;
	readonly signal: AbortSignal;
}): Promise<string> {
	const { isReadable, signal } = options;
	const log = (line: string) => console.log(line);
	const arch = chooseArch(options.arch);
	const image = nameImage(arch, options.tag);
	if (!/^[\w.-]+\/[\w.-]+:\w[\w.-]{0,127}$/.test(image)) {
		throw new DeviceError(`${options.tag ?? ''} is no tag of an image`, 'Use letters, digits, dots and dashes');
	}
	log(`Building supervisor image for architecture ${arch} and tagging as ${options.tag ?? 'master'}`);
	const hasDocker = await runDocker(USERS_ENGINE, ['version']).then(
		() => true,
		() => false, // it is not there, does not run, or is not for this user
	);
	if (hasDocker && (await reachesHub(signal))) {
		await buildTemplate({ arch, image, signal });
		log(`Built ${image} in your Docker`);
		return image;
	}
	const program = await buildSupervisor({ log, isReadable, signal });
	const base = await ensureSupervisorBase(arch, { log, signal });
	const path = archiveOf(image);
	await writeSupervisorArchive({ path, base, program, image, signal });
	if (hasDocker) await loadImage({ socketPath: USERS_ENGINE, path, signal });
	const size = `${(statSync(path).size / 1024 / 1024).toFixed(0)} MB`;
	log(`Built ${image} of Debian's packages: ${path}, ${size}${hasDocker ? ', and in your Docker' : ''}`);
	return image;
}

/** Whether the first image that the template starts from can be had. */
async function reachesHub(signal: AbortSignal): Promise<boolean> {
	const { version } = /^ARG ALPINE_VERSION=(?<version>\S+)$/m.exec(readFileSync(TEMPLATE, 'utf8'))?.groups ?? {};
	const image = `alpine:${version ?? 'latest'}`;
	if (await hasImage(USERS_ENGINE, image)) return true;
	return runDocker(USERS_ENGINE, ['pull', '--quiet', image], { signal }).then(
		() => true,
		() => {
			signal.throwIfAborted();
			return false; // Debian's packages are used instead, which is said
		},
	);
}

async function buildTemplate(options: {
	readonly arch: string;
	readonly image: string;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { arch, image, signal } = options;
	const platform = `linux/${arch === 'aarch64' ? 'arm64' : arch}`;
	const values = { ARCH: arch, VERSION: image.slice(image.lastIndexOf(':') + 1) };
	const args = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
	const all = ['build', '--platform', platform, '--file', TEMPLATE, ...args, '--tag', image, PROJECT];
	await runDocker(USERS_ENGINE, all, { signal });
}
