/**
 * Files of the device: on the FAT boot partition, durable writes, and the facts that the host states in files. Owns
 * nothing but what it read once. The only place that uses the file system; must not know what a setting means.
 */
export { BootDeviceFile, type BootDeviceOptions } from './boot-device.ts';
export { BootPartitionFiles, type BootPartitionOptions } from './boot-partition.ts';
export { ConfigFsTables, type ConfigFsOptions } from './config-fs-tables.ts';
export { AppsJsonFile } from './apps-json-file.ts';
export { readComposeFacts } from './compose-facts.ts';
export { FatFile } from './fat-file.ts';
export { FileError, type FileErrorCode } from './file-error.ts';
export { readFileSystemSize } from './file-system-size.ts';
export { LockFolderHandOver } from './hand-over-files.ts';
export { SystemProxyFiles, type HostConfigFilesOptions } from './host-config-files.ts';
export { HostFiles, type HostFilesOptions } from './host-files.ts';
export { Iptables } from './iptables.ts';
export { LedFile } from './led-file.ts';
export { readIpAddresses, selectAddresses } from './ip-addresses.ts';
export { adoptLegacyLockFolder } from './lock-folder.ts';
export { MigrationBackupFiles, type MigrationBackupOptions } from './migration-backup-files.ts';
export { parseOsRelease } from './parse-os-release.ts';
export { pathExists, readText } from './read-file.ts';
export { RebootMarkFile, type RebootMarkFileOptions } from './reboot-mark-file.ts';
export { ReportCacheFile } from './report-cache-file.ts';
export { hasRollbackBreadcrumb } from './rollback-breadcrumbs.ts';
export { readKernelLog } from './kernel-log.ts';
export { LogPositionFile } from './log-position-file.ts';
export { runProgram } from './run-program.ts';
export { UpdateLockFiles } from './update-lock-files.ts';
export { ensureFolder, touch, writeAndSync, writeAtomically } from './write-file.ts';
export { DiskPatchFolders } from './patch-folder.ts';
