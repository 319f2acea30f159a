/**
 * Files of the device: on the FAT boot partition, update locks, durable writes. Owns only what it has cached. Must not
 * know what a setting means.
 */
export { readBootIdOfKernel } from './boot-id.ts';
export { BootDeviceFile } from './boot-device.ts';
export { BootPartitionFiles } from './boot-partition.ts';
export { AppsJsonFile } from './apps-json-file.ts';
export { ConfigCopyFiles } from './config-copy-files.ts';
export { explainFatrw, FatFile } from './fat-file.ts';
export { FileError, systemCodeOf, toFileError } from './file-error.ts';
export { JsonCacheFile } from './json-cache-file.ts';
export { HostUpdateMarkFile } from './host-update-files.ts';
export { LockFolderHandOver } from './hand-over-files.ts';
export { SystemProxyFiles } from './host-config-files.ts';
export { adoptLegacyLockFolder } from './lock-folder.ts';
export { pathExists, readText } from './read-file.ts';
export { RebootMarkFile } from './reboot-mark-file.ts';
export { hasRollbackBreadcrumb } from './rollback-breadcrumbs.ts';
export { runProgram, startProgram } from './run-program.ts';
export { setAside } from './set-aside.ts';
export { SupervisorFiles } from './supervisor-files.ts';
export { UpdateLockFiles } from './update-lock-files.ts';
export { watchFile } from './watch-file.ts';
export { ensureFolder, syncPath, writeAndSync } from './write-file.ts';
