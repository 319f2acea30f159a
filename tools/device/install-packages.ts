import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { DeviceError } from './device-error.ts';
import { runExclusively } from './run-exclusively.ts';

const run = promisify(execFile);

const POLICY_FILE = '/usr/sbin/policy-rc.d';
/** A freshly installed engine would start at once and set up the machine's firewall. The comment marks it as ours. */
const POLICY = '#!/bin/sh\n# dindctl: while it installs packages\nexit 101\n';
const DPKG_LOCK_TIMEOUT_S = 600;
const ENGINE_SERVICES = ['docker.service', 'docker.socket', 'containerd.service', 'docker-registry.service'];
const SERVICES = [...ENGINE_SERVICES, 'prometheus.service'];

interface Tool {
	readonly command: string;
	readonly debianPackage: string;
}
const ENGINE_TOOLS: readonly Tool[] = [
	{ command: 'dockerd', debianPackage: 'docker.io' },
	{ command: 'iptables', debianPackage: 'iptables' },
	{ command: 'rsync', debianPackage: 'rsync' }, // devices have it, for deltas
];
const IMAGE_TOOLS: readonly Tool[] = [
	{ command: 'docker-registry', debianPackage: 'docker-registry' },
	{ command: 'busybox', debianPackage: 'busybox-static' },
];
const OUTBOUND_TOOLS: readonly Tool[] = [{ command: 'slirp4netns', debianPackage: 'slirp4netns' }];
const BUS_TOOLS: readonly Tool[] = [{ command: 'dbus-daemon', debianPackage: 'dbus-daemon' }];
const SHELLS: readonly Tool[] = [
	{ command: 'dash', debianPackage: 'dash' },
	{ command: 'busybox', debianPackage: 'busybox-static' },
];
const DEBOOTSTRAP_TOOLS: readonly Tool[] = [{ command: 'debootstrap', debianPackage: 'debootstrap' }];
// The compiler, linker and stripper for another architecture.
const FOREIGN_TOOLS: readonly Tool[] = [{ command: 'aarch64-linux-gnu-g++', debianPackage: 'g++-aarch64-linux-gnu' }];
// Of use to comparisons only.
const COMPOSE_TOOLS: readonly Tool[] = [{ command: 'docker-compose', debianPackage: 'docker-compose' }];
// For the test that scrapes the metrics.
const SCRAPER_TOOLS: readonly Tool[] = [{ command: 'prometheus', debianPackage: 'prometheus' }];
// For tests of the page.
const BROWSERS: readonly Tool[] = [{ command: 'chromium', debianPackage: 'chromium' }];
// Part of docker.io up to Debian 12, a package of its own later.
const CLIENT_TOOLS: readonly Tool[] = [{ command: 'docker', debianPackage: 'docker-cli' }];

/** Installs the Debian packages a device host needs and the machine lacks. Says so in one line. */
export async function ensurePackages(options: {
	readonly outbound: boolean;
	/** No engine of our own is started, so only what makes and serves images is needed. */
	readonly imagesOnly?: boolean;
	readonly log: (line: string) => void;
}): Promise<void> {
	const engine = options.imagesOnly === true ? [] : ENGINE_TOOLS;
	const wanted = [...engine, ...IMAGE_TOOLS, ...(options.outbound ? OUTBOUND_TOOLS : [])];
	await install(wanted.filter(isMissing), options.log);
	await install(CLIENT_TOOLS.filter(isMissing), options.log);
}

/** A message bus that tests can start for themselves. */
export async function ensureBusDaemon(options: { readonly log: (line: string) => void }): Promise<void> {
	await install(BUS_TOOLS.filter(isMissing), options.log);
}

/** The shells that tests run the start scripts with. */
export async function ensureShells(options: { readonly log: (line: string) => void }): Promise<void> {
	await install(SHELLS.filter(isMissing), options.log);
}

/** Makes a Debian of its own in a folder, for `dindctl run --os`. */
export async function ensureDebootstrap(options: { readonly log: (line: string) => void }): Promise<void> {
	await install(DEBOOTSTRAP_TOOLS.filter(isMissing), options.log);
}

/** Compiles for boards on this machine, for `dindctl build --arch`. */
export async function ensureForeignTools(options: { readonly log: (line: string) => void }): Promise<void> {
	await install(FOREIGN_TOOLS.filter(isMissing), options.log);
}

export async function ensureScraper(options: { readonly log: (line: string) => void }): Promise<void> {
	await install(SCRAPER_TOOLS.filter(isMissing), options.log);
}

export async function ensureCompose(options: { readonly log: (line: string) => void }): Promise<void> {
	await install(COMPOSE_TOOLS.filter(isMissing), options.log);
}

/** Opens the page of a device in tests. */
export async function ensureBrowser(options: { readonly log: (line: string) => void }): Promise<void> {
	await install(BROWSERS.filter(isMissing), options.log);
}

export function findCommand(command: string): string | undefined {
	const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
	return folders.map((folder) => `${folder}/${command}`).find(isExecutable);
}

function isMissing(tool: Tool): boolean {
	return findCommand(tool.command) === undefined;
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false; // not there, or not for us: both mean looking further
	}
}

async function install(tools: readonly Tool[], log: (line: string) => void): Promise<void> {
	if (tools.length === 0) return;
	const packages = tools.map((tool) => tool.debianPackage);
	const names = packages.join(' ');
	if (findCommand('apt-get') === undefined) {
		const commands = tools.map((tool) => tool.command).join(', ');
		throw new DeviceError(`This machine has no ${commands}`, 'Install them with its package manager and repeat');
	}
	if (process.getuid?.() !== 0) {
		throw new DeviceError(`This machine lacks ${names}`, `Install with sudo apt-get install ${names} and repeat`);
	}
	await runExclusively(dirname(POLICY_FILE), async () => {
		if (tools.some(isMissing)) await installPackages(packages, log); // or another process was faster
	});
}

async function installPackages(packages: readonly string[], log: (line: string) => void): Promise<void> {
	const names = packages.join(' ');
	log(`Installing ${names}`);
	const isPolicyOurs = !existsSync(POLICY_FILE) || readFileSync(POLICY_FILE, 'utf8') === POLICY;
	if (isPolicyOurs) writeFileSync(POLICY_FILE, POLICY, { mode: 0o755 });
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	try {
		await run('apt-get', ['update', '-q'], { env });
		// Another program, or what a killed one left running, may hold dpkg's own lock.
		const options = ['-y', '-q', '--no-install-recommends', '-o', `DPkg::Lock::Timeout=${DPKG_LOCK_TIMEOUT_S}`];
		await run('apt-get', ['install', ...options, ...packages], { env });
		// It must not start at the machine's next boot either.
		if (existsSync('/run/systemd/system')) {
			for (const service of SERVICES) await run('systemctl', ['disable', service]).catch(() => undefined);
		}
	} catch (cause) {
		throw new DeviceError(`Could not install ${names}`, `See what apt-get install ${names} says`, { cause });
	} finally {
		if (isPolicyOurs) rmSync(POLICY_FILE, { force: true });
	}
}
