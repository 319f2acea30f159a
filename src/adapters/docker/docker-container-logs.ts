import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { linkSignal } from '../../lib/link-signal.ts';
import { orAborted } from '../../lib/until-aborted.ts';
import type { ContainerLine, ContainerLogs, FollowLogsOptions } from '../../ports/container-logs.ts';
import { EngineError, type ContainerInspection } from '../../ports/engine.ts';
import { decodeContainer } from './decode-container.ts';
import { toEngineError } from './engine-errors.ts';
import { LogLines } from './log-lines.ts';
import { parseHost } from './parse-host.ts';
import { within } from './within.ts';

interface DockerContainerLogsOptions {
	/** As for `DockerEngine`. */
	readonly host: string;
	/** Limit for the head of an answer, ms. */
	readonly readTimeoutMs: number;
}

export class DockerContainerLogs implements ContainerLogs {
	readonly #docker: Docker;
	readonly #limitMs: number;

	constructor({ host, readTimeoutMs }: DockerContainerLogsOptions) {
		this.#docker = new Docker(parseHost(host));
		this.#limitMs = readTimeoutMs;
	}

	async *follow(options: FollowLogsOptions, signal: AbortSignal): AsyncGenerator<readonly ContainerLine[]> {
		const doing = `follow the log of container ${options.containerId}`;
		const link = linkSignal(signal);
		let stream: NodeJS.ReadableStream | undefined;
		try {
			stream = await orAborted(this.#open(options, doing, link.signal), link.signal);
			const end = () => {
				closeStream(stream); // the package below does not end an answer that has started
			};
			link.signal.addEventListener('abort', end, { once: true });
			const lines = new LogLines(options);
			for await (const chunk of stream) {
				const read = lines.push(chunk as Buffer); // no encoding is set
				if (read.length > 0) {
					yield read;
				}
			}
		} catch (error) {
			if (!signal.aborted) {
				throw toEngineError(error, doing);
			}
		} finally {
			link.abort();
			link.unlink();
			closeStream(stream);
		}
	}

	async inspect(idOrName: string): Promise<ContainerInspection | undefined> {
		try {
			const inspection: unknown = await within(
				{ doing: `inspect container ${idOrName}`, limitMs: this.#limitMs },
				(options) => this.#docker.getContainer(idOrName).inspect(options),
			);
			return decodeContainer(inspection);
		} catch (error) {
			if (error instanceof EngineError && error.code === 'engine-not-found') {
				return undefined;
			}
			throw error;
		}
	}

	async #open(
		{ containerId, onlyStdErr, sinceMs, onlyLast }: FollowLogsOptions,
		doing: string,
		abortSignal: AbortSignal,
	): Promise<NodeJS.ReadableStream> {
		const shared = { stdout: !onlyStdErr, stderr: true, timestamps: true, abortSignal } as const;
		// In seconds.
		const since = sinceMs === undefined ? {} : { since: Math.max(sinceMs, 0) / 1000 };
		const container = this.#docker.getContainer(containerId);
		return within({ doing, limitMs: this.#limitMs }, async () => {
			if (onlyLast === undefined) {
				return await container.logs({ ...shared, ...since, follow: true });
			}
			// Without `follow` the package gives the whole answer at once: it has so many lines at most.
			const all: unknown = await container.logs({ ...shared, ...since, follow: false, tail: onlyLast });
			return Readable.from([all]);
		});
	}
}

function closeStream(stream: NodeJS.ReadableStream | undefined): void {
	if (stream instanceof Readable) {
		stream.destroy();
	}
}
