import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:os';
import { importBaseImage } from './base-image.ts';
import { DeviceError, UnsupportedError } from './device-error.ts';
import { signalInside, startDeviceHost } from './device-host.ts';
import type { DeviceHost } from './device-host.ts';
import { ensureBrowser } from './install-packages.ts';
import { startRegistry } from './registry.ts';

const USAGE = `Usage: node --import tsx tools/device/run-inside.ts [--browser] [--directory DIR] -- COMMAND [ARGS…]
Runs COMMAND beside a private engine and registry, and removes them afterwards.
It sees DOCKER_HOST, TEST_REGISTRY and TEST_BASE_IMAGE. --browser installs Chromium, where that is possible. Status 78: this machine cannot do it (not root).`;
const CANNOT = 78; // EX_CONFIG of sysexits.h
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Arguments {
	readonly directory: string | undefined;
	/** Chromium is needed: inside there is no way to install it. */
	readonly isBrowserWanted: boolean;
	readonly command: readonly [string, ...string[]];
}

function parseArguments(args: readonly string[]): Arguments | undefined {
	const end = args.indexOf('--');
	const [command, ...rest] = end < 0 ? [] : args.slice(end + 1);
	const options = args.slice(0, Math.max(end, 0));
	const isBrowserWanted = options[0] === '--browser';
	const [option, directory, ...extra] = isBrowserWanted ? options.slice(1) : options;
	if (command === undefined || extra.length > 0) return undefined;
	if (option !== undefined && (option !== '--directory' || directory === undefined)) return undefined;
	return { directory, isBrowserWanted, command: [command, ...rest] };
}

async function runCommand(host: DeviceHost, command: Arguments['command'], signal: AbortSignal): Promise<number> {
	const registry = await startRegistry(host);
	const base = await importBaseImage(host.socketPath);
	signal.throwIfAborted();
	const [program, ...args] = command;
	const child = host.spawn(program, args, {
		cwd: process.cwd(),
		env: { TEST_REGISTRY: registry.address, TEST_BASE_IMAGE: base.name },
	});
	// The first signal asks the command to end, the second does not ask.
	let signals = 0;
	const forward = (name: NodeJS.Signals) => signalInside(child, signals++ === 0 ? name : 'SIGKILL');
	for (const name of FORWARDED) process.on(name, forward);
	const [code, endedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
	return code ?? 128 + constants.signals[endedBy ?? 'SIGKILL'];
}

/** Tests that need it are skipped without it. */
async function tryBrowser(): Promise<void> {
	try {
		await ensureBrowser({ log: (line) => console.error(line) });
	} catch (error) {
		if (!(error instanceof DeviceError)) throw error;
		console.error(`device: ${error.message}`);
	}
}

/** Short, as it becomes part of a socket's address, and on a disk: images in memory would be dear. */
function createName(): string {
	return `/var/tmp/device-${randomBytes(4).toString('hex')}`;
}

async function main(): Promise<number> {
	const parsed = parseArguments(process.argv.slice(2));
	if (parsed === undefined) {
		console.error(USAGE);
		return 64; // EX_USAGE
	}
	const controller = new AbortController();
	const abort = () => controller.abort();
	for (const name of FORWARDED) process.on(name, abort);
	let host: DeviceHost | undefined;
	try {
		if (parsed.isBrowserWanted) await tryBrowser();
		host = await startDeviceHost({
			directory: parsed.directory ?? createName(),
			life: parsed.directory === undefined ? 'disposable' : 'attached',
			log: (line) => console.error(line),
			signal: controller.signal,
		});
		return await runCommand(host, parsed.command, controller.signal);
	} catch (error) {
		if (controller.signal.aborted) return 130;
		if (!(error instanceof DeviceError)) throw error;
		console.error(`device: ${error.message}`);
		return error instanceof UnsupportedError ? CANNOT : 1;
	} finally {
		await host?.stop();
	}
}

process.exitCode = await main();
