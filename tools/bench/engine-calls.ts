import { Agent, request } from 'node:http';

/** Direct calls to the engine: for the baseline, and to see when an apply is done. */
export class EngineCalls {
	readonly #socketPath: string;
	readonly #agent = new Agent({ keepAlive: true, maxSockets: 128 });

	constructor(socketPath: string) {
		this.#socketPath = socketPath;
	}

	/** Sends one request and returns the answer's body, decoded. */
	async call(method: string, path: string, body?: unknown): Promise<unknown> {
		const text = body === undefined ? undefined : JSON.stringify(body);
		return new Promise((done, failed) => {
			const headers = text === undefined ? {} : { 'content-type': 'application/json' };
			const call = request({ socketPath: this.#socketPath, agent: this.#agent, method, path, headers }, (response) => {
				const chunks: Buffer[] = [];
				response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', failed);
				response.on('end', () => {
					const answer = Buffer.concat(chunks).toString();
					if ((response.statusCode ?? 500) >= 400) failed(new Error(`${method} ${path}: ${answer.trim()}`));
					else
						done(answer.trim() === '' || !answer.trimStart().startsWith('{') ? parseList(answer) : parseLast(answer));
				});
			});
			call.on('error', failed);
			call.end(text);
		});
	}

	async listContainers(): Promise<readonly ContainerRow[]> {
		return (await this.call('GET', '/containers/json?all=1')) as readonly ContainerRow[];
	}

	/** Calls back for each container that starts, until closed. Resolves when listening. */
	followStarts(started: () => void): Promise<{ close(): void }> {
		return this.followContainers(['start'], started);
	}

	/** The same for these actions. */
	followContainers(actions: readonly string[], take: (event: ContainerEvent) => void): Promise<{ close(): void }> {
		const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: actions }));
		let rest = '';
		return new Promise((done, failed) => {
			const call = request({ socketPath: this.#socketPath, path: `/events?filters=${filters}` }, (response) => {
				response.setEncoding('utf8').on('data', (text: string) => {
					const lines = (rest + text).split('\n');
					rest = lines.pop() ?? '';
					// The engine's own form, of which we declare a part.
					for (const line of lines) if (line.trim() !== '') take(JSON.parse(line) as ContainerEvent);
				});
				response.on('error', () => undefined); // closed by us
				done({ close: () => call.destroy() });
			});
			call.on('error', failed);
			call.end();
		});
	}

	/** Containers, and the network of the baseline. */
	async removeEverything(): Promise<void> {
		const containers = await this.listContainers();
		await Promise.all(containers.map(({ Id }) => this.call('DELETE', `/containers/${Id}?force=1&v=1`)));
		const filters = encodeURIComponent(JSON.stringify({ name: ['floor_default'] }));
		const networks = (await this.call('GET', `/networks?filters=${filters}`)) as readonly { readonly Id: string }[];
		await Promise.all(networks.map(({ Id }) => this.call('DELETE', `/networks/${Id}`)));
	}

	close(): void {
		this.#agent.destroy();
	}
}

/** As the engine answers. */
interface ContainerRow {
	readonly Id: string;
	readonly Names: readonly string[];
	readonly State: string;
	readonly Labels: Readonly<Record<string, string>>;
}

export interface ContainerEvent {
	readonly Action: string;
	readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
	/** By the engine's clock, in nanoseconds. */
	readonly timeNano: number;
}

function parseList(answer: string): unknown {
	return answer.trim().startsWith('[') ? (JSON.parse(answer) as unknown) : answer;
}

/** A stream of progress ends with its result. */
function parseLast(answer: string): unknown {
	return JSON.parse(answer.trim().split('\n').at(-1) ?? '{}') as unknown;
}
