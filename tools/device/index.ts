/**
 * A device for development and tests: a private container engine on this machine, and what it needs to have images.
 *
 * A *host* is one process with mount, network and process namespaces of its own. In there run an engine with its own
 * data folder, socket, firewall and cgroup, and all processes spawned beside it. Ending that process ends all of them.
 * The folder of the host is the only thing outside; the engine's socket lies there and works from outside too.
 *
 *   const host = await startDeviceHost({ directory, log });
 *   const registry = await startRegistry(host);          // 127.0.0.1:5000, as seen inside
 *   const base = await importBaseImage(host.socketPath); // busybox, 2 MB
 *   const web = await buildAndPush({ socketPath: host.socketPath, registry: registry.address, name: 'web', context });
 *   host.spawn('node', ['dist/app.js']);                 // sees the engine at /var/run/docker.sock
 *   await host.stop();
 *
 * From a shell: `node --import tsx tools/device/run-inside.ts -- COMMAND ARGS…`.
 *
 * It must never change the machine outside that folder: not its engine, firewall, routes, mounts or files. The one
 * exception is announced: missing Debian packages are installed.
 */
export { buildAndPush, builtName, pushImage } from './build-and-push.ts';
export { importBaseImage } from './base-image.ts';
export { findDeviceHost, isHostAlive, pingEngine, startDeviceHost } from './device-host.ts';
export type { DeviceHost } from './device-host.ts';
export { DeviceError, UnsupportedError } from './device-error.ts';
export { isAlive, readProcess, signalGroup } from './process-identity.ts';
export type { ProcessIdentity } from './process-identity.ts';
export {
	chooseEngineStart,
	endEngine,
	findContainerd,
	findEngine,
	hasPrivateEngine,
	restartEngine,
	USUAL_START,
	waitForEngine,
} from './engine-end.ts';
export type { EngineEnd, EngineStart } from './engine-end.ts';
export {
	ensureBusDaemon,
	ensureCompose,
	ensureDebootstrap,
	ensureForeignTools,
	ensurePackages,
	ensureScraper,
	ensureShells,
	findCommand,
} from './install-packages.ts';
export { runDocker } from './run-docker.ts';
export { runExclusively } from './run-exclusively.ts';
export { startRegistry } from './registry.ts';
