import { parseArgs } from 'node:util';
import { DeviceError } from '../device/index.ts';

const ARCHITECTURES = ['amd64', 'i386', 'aarch64', 'armv7hf', 'rpi'] as const;
type Architecture = (typeof ARCHITECTURES)[number];

export interface SyncOptions {
	/** Host name or address; `.local` as the resolver of this machine finds it. */
	readonly address: string;
	readonly arch: Architecture;
	/** Of the image on the device. */
	readonly image: string;
	readonly tag: string;
	readonly usesCache: boolean;
}

export const USAGE = `Usage: npm run sync -- ADDRESS --device-arch ARCH [OPTIONS]

Builds this checkout on a device in development mode, runs it there in place of its supervisor, and copies each change
of src and typings into it. The device goes back to its own supervisor when it reboots.

  -a, --device-arch ARCH   ${ARCHITECTURES.join(', ')}
  -i, --image-name NAME    of the image on the device (livepush-supervisor-VERSION)
  -t, --image-tag TAG      deprecated: of no effect from balenaOS 2.89 on (latest)
      --nocache            build the first time without cache
  -h, --help               this text

The device has to answer at the ports 2375 (engine) and 22222 (ssh, as root). For a production device, tunnel both and
48484 to this machine, and give 127.0.0.1.`;

/** Dev-tools 6. `help`: it was asked for. */
export function parseOptions(args: readonly string[], version: string): SyncOptions | 'help' {
	const { values, positionals } = parse(args);
	if (values.help === true) return 'help';
	const [address, ...surplus] = positionals;
	if (address === undefined) throw usageError('The address of the device is missing');
	if (surplus[0] !== undefined) throw usageError(`Too much: ${surplus[0]}`);
	const given = values['device-arch'];
	if (given === undefined) throw usageError('--device-arch is missing');
	const arch = ARCHITECTURES.find((name) => name === given);
	if (arch === undefined) throw usageError(`There is no architecture ${given}`);
	return {
		address,
		arch,
		image: values['image-name'] ?? `livepush-supervisor-${version}`,
		tag: values['image-tag'] ?? 'latest',
		usesCache: values.nocache !== true,
	};
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			strict: true,
			options: {
				'device-arch': { type: 'string', short: 'a' },
				'image-name': { type: 'string', short: 'i' },
				'image-tag': { type: 'string', short: 't' },
				nocache: { type: 'boolean' },
				help: { type: 'boolean', short: 'h' },
			},
		});
	} catch (cause) {
		const { message } = cause as Error; // parseArgs throws nothing else
		throw usageError(message.split('. ')[0] ?? message);
	}
}

function usageError(what: string): DeviceError {
	return new DeviceError(what, 'See npm run sync -- --help');
}
