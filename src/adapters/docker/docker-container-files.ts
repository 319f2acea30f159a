import { Readable } from 'node:stream';
import Docker from 'dockerode';
import type { ContainerFiles } from '../../ports/host-updates.ts';
import { toEngineError } from './engine-errors.ts';
import { parseHost } from './parse-host.ts';

export class DockerContainerFiles implements ContainerFiles {
	readonly #docker: Docker;

	constructor({ host }: { readonly host: string }) {
		this.#docker = new Docker(parseHost(host));
	}

	async readFolder(containerId: string, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
		signal.throwIfAborted();
		try {
			const archive = await this.#docker.getContainer(containerId).getArchive({ path, abortSignal: signal });
			return Readable.from(archive as AsyncIterable<Uint8Array>, { objectMode: false });
		} catch (error) {
			throw toEngineError(error, `read ${path} of container ${containerId}`);
		}
	}
}
