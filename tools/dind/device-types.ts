import { existsSync } from 'node:fs';
import { arch } from 'node:os';
import { DeviceError } from '../device/index.ts';

export interface DeviceType {
	readonly slug: string;
	readonly arch: string;
	/** What its boot loader reads, by the name on the boot partition. */
	readonly bootFiles: Readonly<Record<string, string>>;
}

/** As the first start of a board finds it; lines that the supervisor must leave alone are among them. */
const CONFIG_TXT = [
	'# Read by the firmware of the board.',
	'avoid_warnings=1',
	'disable_splash=1',
	'dtparam=audio=on',
	'enable_uart=1',
	'gpu_mem=16',
	'',
].join('\n');

const RASPBERRY_PI = { 'config.txt': CONFIG_TXT };

/** Of boards, only what the supervisor looks at: which boot files they have. */
const BOOT_FILES: Readonly<Record<string, DeviceType['bootFiles']>> = {
	'generic-amd64': {},
	'generic-aarch64': {},
	'intel-nuc': {},
	raspberrypi3: RASPBERRY_PI,
	'raspberrypi3-64': RASPBERRY_PI,
	'raspberrypi4-64': RASPBERRY_PI,
	raspberrypi5: RASPBERRY_PI,
};

export function listDeviceTypes(): readonly string[] {
	return Object.keys(BOOT_FILES);
}

/** The architecture is always this machine's: containers of the device run here, whatever board it stands for. */
export function describeDeviceType(slug = `generic-${machineArch()}`): DeviceType {
	const bootFiles = BOOT_FILES[slug];
	if (bootFiles === undefined) {
		throw new DeviceError(`There is no device type ${slug}`, `Choose one of ${listDeviceTypes().join(', ')}`);
	}
	return { slug, arch: machineArch(), bootFiles };
}

/** In the words of the cloud (spec: dev-tools 1). */
export function machineArch(): Arch {
	return arch() === 'arm64' ? 'aarch64' : 'amd64';
}

export function describeOsRelease(slug: string): string {
	return [
		'ID="balena-os"',
		'NAME="balenaOS"',
		'VERSION="6.1.0"',
		'VERSION_ID="6.1.0"',
		'PRETTY_NAME="balenaOS 6.1.0"',
		'BALENA_BOARD_REV="0123456"',
		`MACHINE="${slug}"`,
		`SLUG="${slug}"`,
		'VARIANT="Development"',
		'VARIANT_ID=dev',
		'',
	].join('\n');
}

const ARCHITECTURES = ['amd64', 'aarch64'] as const;
type Arch = (typeof ARCHITECTURES)[number];

/** Those of which images can be made here. */
export function chooseArch(text: string | undefined): Arch {
	const arch = text === undefined ? machineArch() : ARCHITECTURES.find((known) => known === text);
	if (arch !== undefined) return arch;
	throw new DeviceError(`There is no architecture ${text ?? ''} here`, `Choose one of ${ARCHITECTURES.join(', ')}`);
}

/** Whether programs of it run here, by themselves or by the emulator that the kernel was told of. */
export function canEmulate(wanted: Arch): boolean {
	const name = wanted === 'amd64' ? 'x86_64' : wanted;
	return wanted === machineArch() || existsSync(`/proc/sys/fs/binfmt_misc/qemu-${name}`);
}
