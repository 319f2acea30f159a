/**
 * A whole host in a container, for `dindctl run --os`: systemd, journald, D-Bus, logind, an engine of its own, and the
 * supervisor as the service that it is on a device (spec: host 14).
 *
 * A *carrier* is a device host (tools/device) whose engine runs this one container and nothing else. The host shares the
 * carrier's network, so it reaches the stand-in cloud and the registry at 127.0.0.1, as the fast device does. Everything
 * that it keeps is in folders of the device; the base that its images are made from is kept for all devices.
 *
 * It must never change the machine: no kernel settings, no cgroups outside the carrier's, no mounts that outlive it.
 */
export { ensureOsBase } from './base.ts';
export type { OsBase } from './base.ts';
export { bringImage, hasImage, loadImage } from './bring-image.ts';
export { ensureSupervisorBase } from './supervisor-base.ts';
export { buildHostImage, insideHost, osSocket, shutDownHost, startHostContainer } from './host-container.ts';
export { buildSupervisorImage, writeSupervisorArchive } from './supervisor-image.ts';
