import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import { LIVE_DOCKERFILE, packFiles } from './pack-files.ts';

/** The newer and the older name of the container. */
const NAMES = ['balena_supervisor', 'resin_supervisor'];
const LOOK_MS = 500;
const WORKING_DIRECTORY = '/usr/src/app';

interface BuildOptions {
	readonly project: string;
	readonly dockerfile: string;
	readonly reference: string;
	readonly arch: string;
	readonly cacheFrom: readonly string[];
	readonly usesCache: boolean;
	readonly print: (text: string) => void;
}

/** The engine of the device, over TCP. */
export class RemoteEngine {
	readonly #docker: Docker;

	constructor(options: Docker.DockerOptions) {
		this.#docker = new Docker({ version: 'v1.41', ...options });
	}

	/** The image that the supervisor of the device has now, if it has one. */
	async presentImage(): Promise<string | undefined> {
		const [container] = await this.#docker.listContainers({ all: true, filters: { name: NAMES } });
		return container?.Image;
	}

	/** Prints what the engine says. Resolves to the ids of the last image of each stage. */
	async build({
		project,
		dockerfile,
		reference,
		arch,
		cacheFrom,
		usesCache,
		print,
	}: BuildOptions): Promise<readonly string[]> {
		const context = packFiles(project, { dockerfile });
		const stream = await this.#docker.buildImage(context, {
			t: reference,
			dockerfile: LIVE_DOCKERFILE,
			nocache: !usesCache,
			buildargs: { ARCH: arch },
			labels: { 'io.balena.livepush-image': '1', 'io.balena.architecture': arch },
			cachefrom: JSON.stringify(cacheFrom),
		});
		const stages = new StageIds();
		for await (const line of jsonLines(stream)) {
			const { stream: text, error } = line as { readonly stream?: string; readonly error?: string };
			if (error !== undefined) throw new Error(error);
			if (text === undefined) continue;
			print(text);
			stages.see(text);
		}
		// Systems from balenaOS 2.89 on start the image without the tag.
		await this.#docker.getImage(reference).tag({ repo: reference.slice(0, reference.lastIndexOf(':')), tag: 'latest' });
		return stages.list();
	}

	/** Waits for the supervisor's container to run. */
	async waitForContainer(signal: AbortSignal): Promise<Docker.Container> {
		for (;;) {
			signal.throwIfAborted();
			const [found] = await this.#docker.listContainers({ filters: { name: NAMES, status: ['running'] } });
			if (found !== undefined) return this.#docker.getContainer(found.Id);
			await sleep(LOOK_MS, undefined, { signal });
		}
	}

	/** Of one that ended or was replaced its lines go on with those of the next, none of them twice. */
	async followLogs(print: (text: string) => void, signal: AbortSignal): Promise<void> {
		let last = '';
		while (!signal.aborted) {
			const container = await this.waitForContainer(signal);
			const since = last === '' ? 0 : Math.floor(Date.parse(last) / 1000);
			const options = {
				follow: true,
				stdout: true,
				stderr: true,
				timestamps: true,
				since,
				abortSignal: signal,
			} as const;
			const stream = (await container.logs(options)) as Readable;
			for await (const line of logLines(stream)) {
				const end = line.indexOf(' ');
				const time = line.slice(0, end); // of a fixed length, so texts compare like times
				if (time <= last) continue;
				last = time;
				print(`${line.slice(end + 1)}\n`);
			}
			await sleep(LOOK_MS, undefined, { signal });
		}
	}

	/** Copies files into the container, and removes what is gone. */
	async push(container: Docker.Container, project: string, changes: Changes): Promise<void> {
		if (changes.changed.length > 0) {
			await container.putArchive(packFiles(project, { only: changes.changed }), { path: WORKING_DIRECTORY });
		}
		if (changes.removed.length > 0) {
			const exec = await container.exec({
				Cmd: ['rm', '-rf', '--', ...changes.removed],
				WorkingDir: WORKING_DIRECTORY,
			});
			const output = (await exec.start({})).resume(); // it ends with the program
			if (!output.readableEnded) await once(output, 'end');
		}
	}

	/** Intermediate containers of builds that were interrupted. */
	async removeIntermediate(): Promise<void> {
		const filters = { label: ['io.balena.livepush-image=1'], status: ['created', 'exited', 'dead'] };
		for (const { Id, Names } of await this.#docker.listContainers({ all: true, filters })) {
			if (Names.some((name) => NAMES.includes(name.replace('/', '')))) continue;
			await this.#docker.getContainer(Id).remove({ force: true });
		}
	}
}

/** Paths relative to the project. */
export interface Changes {
	readonly changed: readonly string[];
	readonly removed: readonly string[];
}

/** The engine's classic builder prints each image that it makes; a stage ends where the next begins. */
export class StageIds {
	readonly #ids: string[] = [];
	#last: string | undefined;

	see(text: string): void {
		for (const line of text.split('\n')) {
			if (/^Step \d+\/\d+ : FROM /.test(line)) this.#endStage();
			this.#last = /^ ---> ([0-9a-f]{12,})$/.exec(line)?.[1] ?? this.#last;
		}
	}

	list(): readonly string[] {
		this.#endStage();
		return this.#ids;
	}

	#endStage(): void {
		if (this.#last !== undefined) this.#ids.push(this.#last);
		this.#last = undefined;
	}
}

async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator {
	let rest = '';
	for await (const chunk of stream) {
		const lines = (rest + String(chunk)).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as unknown;
	}
}

const HEADER_BYTES = 8;

/** The frames of a container without a terminal: eight bytes with a length, then the text. */
export async function* logLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
	let bytes = Buffer.alloc(0);
	let text = '';
	for await (const chunk of stream) {
		bytes = Buffer.concat([bytes, chunk]);
		while (bytes.length >= HEADER_BYTES) {
			const end = HEADER_BYTES + bytes.readUInt32BE(4);
			if (bytes.length < end) break;
			text += bytes.subarray(HEADER_BYTES, end).toString('utf8');
			bytes = bytes.subarray(end);
		}
		const lines = text.split('\n');
		text = lines.pop() ?? '';
		yield* lines;
	}
}
