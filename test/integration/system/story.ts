import { once } from 'node:events';
import { request } from 'node:http';
import type { RealEngine } from '../../support/real-engine.ts';

/** The engine's events about the services of a device, release by release: `die a@1`, `pull two`, `destroy network n`. */
export interface Story {
	/** From here on; `commit` is release 1. */
	begin(commit: string): Promise<void>;
	/** The next release: 2, 3, … */
	continueWith(commit: string): void;
	lines(): readonly string[];
	/** Lines about containers alone. */
	containers(): readonly string[];
	has(line: string): boolean;
	/** Between two lines, by the engine's clock. */
	msBetween(first: string, second: string): number;
	stop(): void;
}

interface EngineEvent {
	readonly Type: string;
	readonly Action: string;
	readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
	readonly timeNano: number;
}

/** Events that tests check; the engine also sends consequences of these (`attach`, `mount`, `kill` before `die`, …). */
const CHECKED: Readonly<Record<string, readonly string[]>> = {
	container: ['create', 'start', 'die', 'destroy', 'rename', 'update', 'pause', 'unpause'],
	image: ['pull', 'untag', 'delete'],
	network: ['create', 'destroy'],
	volume: ['create', 'destroy'],
};

export async function followEngine(engine: RealEngine): Promise<Story> {
	let events: EngineEvent[] = [];
	let commits: string[] = [];
	let imageNames: ReadonlyMap<string, string> = new Map();
	const stop = await subscribe(engine.socketPath, (event) => {
		if (CHECKED[event.Type]?.includes(event.Action) === true) events.push(event);
	});
	const toLine = (event: EngineEvent) => describe(event, { commits, imageNames });
	const lines = () => events.map(toLine);
	const timeOf = (line: string) => {
		const event = events.find((candidate) => toLine(candidate) === line);
		if (event === undefined) throw new Error(`the story has no line "${line}":\n${lines().join('\n')}`);
		return event.timeNano / 1e6;
	};
	return {
		begin: async (commit) => {
			imageNames = await readImageNames(engine);
			events = [];
			commits = [commit];
		},
		continueWith: (commit) => void commits.push(commit),
		lines,
		containers: () => events.filter(({ Type }) => Type === 'container').map(toLine),
		has: (line) => lines().includes(line),
		msBetween: (first, second) => timeOf(second) - timeOf(first),
		stop,
	};
}

/** The stream ends with the engine, or by the function that is returned. */
async function subscribe(socketPath: string, take: (event: EngineEvent) => void): Promise<() => void> {
	let rest = '';
	const call = request({ socketPath, path: '/events', agent: false });
	const answered = once(call, 'response');
	call.end();
	const [stream] = (await answered) as [NodeJS.ReadableStream];
	stream.setEncoding('utf8');
	stream.on('error', () => undefined);
	stream.on('data', (text: string) => {
		const parts = (rest + text).split('\n');
		rest = parts.pop() ?? '';
		// The engine's own form, of which we declare a part.
		for (const part of parts.filter((line) => line !== '')) take(JSON.parse(part) as EngineEvent);
	});
	return () => void call.destroy();
}

/** By id: the event of a removed image has nothing else. */
async function readImageNames(engine: RealEngine): Promise<ReadonlyMap<string, string>> {
	const output = await engine.docker('images', '--no-trunc', '--format', '{{.ID}} {{.Repository}}');
	const lines = output.split('\n').filter((line) => line !== '');
	return new Map(
		lines.map((line) => {
			const [id = '', repository = ''] = line.split(' ');
			return [id, lastPart(repository)];
		}),
	);
}

interface Names {
	readonly commits: readonly string[];
	readonly imageNames: ReadonlyMap<string, string>;
}

function describe({ Type, Action, Actor }: EngineEvent, { commits, imageNames }: Names): string {
	const name = Actor.Attributes['name'] ?? Actor.ID;
	switch (Type) {
		case 'container':
			return `${Action} ${describeContainer(name, commits)}`;
		case 'image':
			return `${Action} ${imageNames.get(Actor.ID) ?? lastPart(name)}`;
		case 'network':
			return `${Action} network ${name.slice(name.indexOf('_') + 1)}`;
		default:
			return `${Action} ${Type} ${Actor.ID.slice(Actor.ID.indexOf('_') + 1)}`;
	}
}

/** `a@2` of `a_12_34_<commit>`, and `old a@1`. */
function describeContainer(name: string, commits: readonly string[]): string {
	const [, old, service = name, commit = ''] = /^(old_)?(.+)_\d+_\d+_([0-9a-f]+)$/.exec(name) ?? [];
	const release = commits.indexOf(commit) + 1;
	return `${old === undefined ? '' : 'old '}${service}@${release}`;
}

function lastPart(repository: string): string {
	return repository.slice(repository.lastIndexOf('/') + 1);
}
