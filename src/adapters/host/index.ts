/**
 * Facts and programs of the host, besides its files: system and kernel, network addresses, the LED, and programs that
 * are run (iptables, dmesg, mount, tar, rsync). Owns only what it has cached. Must not know what a setting means.
 */
export { readComposeFacts } from './compose-facts.ts';
export { ContainerUsageFiles } from './cgroups/container-usage.ts';
export { ConfigFsTables } from './config-fs-tables.ts';
export { readFileSystemSize } from './file-system-size.ts';
export { HostFiles } from './host-files.ts';
export { readIpAddresses, selectAddresses } from './ip-addresses.ts';
export { Iptables } from './iptables.ts';
export { readKernelLog } from './kernel-log.ts';
export { LedFile } from './led-file.ts';
export { MigrationBackupFiles } from './migration-backup-files.ts';
export { parseOsRelease } from './parse-os-release.ts';
export { DiskPatchFolders } from './patch-folder.ts';
export { readKernel } from './read-kernel.ts';
export { readUptimeMs } from './uptime.ts';
export { UpdaterFiles } from './updater-files.ts';
