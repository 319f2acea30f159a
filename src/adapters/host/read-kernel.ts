import { release, type } from 'node:os';

/** The output of `uname -s` and `uname -r`. That of the host: containers share its kernel. */
export function readKernel(): { readonly name: string; readonly release: string } {
	return { name: type(), release: release() };
}
