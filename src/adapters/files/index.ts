/**
 * Files of the device: on the FAT boot partition, update locks, durable writes. Owns nothing but what it read once. Must
 * not know what a setting means.
 */
export { BootDeviceFile, type BootDeviceOptions } from './boot-device.ts';
export { BootPartitionFiles, type BootPartitionOptions } from './boot-partition.ts';
export { AppsJsonFile } from './apps-json-file.ts';
export { FatFile } from './fat-file.ts';
export { FileError, systemCodeOf, toFileError, type FileErrorCode } from './file-error.ts';
export { JsonCacheFile, type JsonCacheFileOptions } from './json-cache-file.ts';
export { LockFolderHandOver } from './hand-over-files.ts';
export { SystemProxyFiles, type HostConfigFilesOptions } from './host-config-files.ts';
export { adoptLegacyLockFolder } from './lock-folder.ts';
export { pathExists, readText } from './read-file.ts';
export { RebootMarkFile, type RebootMarkFileOptions } from './reboot-mark-file.ts';
export { hasRollbackBreadcrumb } from './rollback-breadcrumbs.ts';
export { runProgram, startProgram } from './run-program.ts';
export { UpdateLockFiles } from './update-lock-files.ts';
export { ensureFolder, touch, writeAndSync, writeAtomically } from './write-file.ts';
