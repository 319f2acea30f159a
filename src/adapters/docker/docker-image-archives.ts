import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { EngineError } from '../../ports/engine.ts';
import type { ImageArchives } from '../../ports/image-patcher.ts';
import { callOptions } from './call-options.ts';
import { toEngineError } from './engine-errors.ts';
import { parseHost } from './parse-host.ts';
import { readPullEvent } from './pull-progress.ts';
import { requireId } from './read-answer.ts';
import { readJsonLines } from './read-json-lines.ts';

/** It never runs: the container is created to export the files of its image, or to give them a configuration. */
const IDLE = { Cmd: ['-'], NetworkDisabled: true };

export class DockerImageArchives implements ImageArchives {
	readonly #docker: Docker;

	constructor({ host }: { readonly host: string }) {
		this.#docker = new Docker(parseHost(host));
	}

	async exportFiles(engineImageId: string, signal: AbortSignal): ReturnType<ImageArchives['exportFiles']> {
		const container = await this.#make('delta-source', engineImageId);
		try {
			const archive = await called('export an image', () => container.export({ abortSignal: signal }));
			return {
				archive: Readable.from(archive as AsyncIterable<Uint8Array>, { objectMode: false }),
				close: () => this.#remove(container),
			};
		} catch (error) {
			await this.#remove(container);
			throw error;
		}
	}

	async importFiles(
		{ archive, config }: Parameters<ImageArchives['importFiles']>[0],
		signal: AbortSignal,
	): Promise<string> {
		const events = await called('import an image', () =>
			this.#docker.importImage(Readable.from(archive, { objectMode: false }), { abortSignal: signal }),
		);
		let files = '';
		for await (const line of readJsonLines(events, signal)) {
			const { status = files, error } = readPullEvent(line);
			if (error !== undefined) {
				throw new EngineError('engine-failed', `cannot import an image: ${error}`);
			}
			files = status;
		}
		signal.throwIfAborted();
		if (!/^sha256:[0-9a-f]{64}$/.test(files)) {
			throw new EngineError('engine-failed', 'cannot import an image: the engine returned no id');
		}
		// Only a part of a configuration can be imported; a commit stores all of it.
		const container = await this.#make('delta-target', files);
		try {
			const made: unknown = await called('configure an image', () =>
				container.commit(callOptions({ query: { container: container.id, pause: false }, body: config })),
			);
			return requireId(isPlainObject(made) ? made['Id'] : undefined, 'configure an image');
		} finally {
			await this.#remove(container);
		}
	}

	/** Under its own name, so that one that an earlier process left behind is found again. */
	async #make(purpose: string, image: string): Promise<Docker.Container> {
		const name = `${purpose}-${image.replace('sha256:', '').slice(0, 24)}`;
		await this.#remove(this.#docker.getContainer(name));
		const options = callOptions({ query: { name }, body: { Image: image, ...IDLE } });
		return called('look into an image', () => this.#docker.createContainer(options));
	}

	async #remove(container: Docker.Container): Promise<void> {
		await called('remove a container', async () => {
			try {
				await container.remove({ v: true, force: true });
			} catch (error) {
				if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 404)) {
					throw error;
				}
			}
		});
	}
}

async function called<T>(doing: string, call: () => Promise<T>): Promise<T> {
	try {
		return await call();
	} catch (error) {
		throw toEngineError(error, doing);
	}
}
