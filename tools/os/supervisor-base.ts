import { DeviceError } from '../device/index.ts';
import { ensureForeignBase, ensureOsBase } from './base.ts';
import type { EnsureBase, SupervisorBase } from './base.ts';

/** What an image of the supervisor is made of, for this machine's architecture or another. */
export async function ensureSupervisorBase(arch: 'amd64' | 'aarch64', options: EnsureBase): Promise<SupervisorBase> {
	if ((arch === 'aarch64') === (process.arch === 'arm64')) return ensureOsBase(options);
	if (arch === 'aarch64') return ensureForeignBase('arm64', options);
	throw new DeviceError(`This machine cannot make images for ${arch}`, 'Use a machine of that architecture');
}
