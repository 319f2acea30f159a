import { release, type } from 'node:os';

/** As `uname -s` and `uname -r` say. The host's: containers share its kernel. */
export function readKernel(): { readonly name: string; readonly release: string } {
	return { name: type(), release: release() };
}
