import { once } from 'node:events';
import { request } from 'node:http';

export interface EngineEventRecorder {
	/** Changes of the engine's objects since the last call, one line each. */
	take(): readonly string[];
	stop(): void;
}

/** Events of a container by itself: a health check is a command that runs in it. */
const BY_ITSELF = /^(exec_|health_status)/;

interface EngineEvent {
	readonly Type: string;
	readonly Action: string;
	readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

/** Follows the event stream: asking for past events would give the last few hundred only. */
export async function recordEngineEvents(socketPath: string): Promise<EngineEventRecorder> {
	let events: string[] = [];
	let rest = '';
	const call = request({ socketPath, path: '/events', agent: false });
	const answered = once(call, 'response');
	call.end();
	const [stream] = (await answered) as [NodeJS.ReadableStream];
	stream.setEncoding('utf8');
	stream.on('error', () => undefined); // it ends with the engine, or by `stop`
	stream.on('data', (text: string) => {
		const lines = (rest + text).split('\n');
		rest = lines.pop() ?? '';
		// The engine's own form, of which we declare a part.
		const seen = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as EngineEvent);
		events.push(...seen.filter(({ Action }) => !BY_ITSELF.test(Action)).map(describe));
	});
	return {
		take: () => {
			const taken = events;
			events = [];
			return taken;
		},
		stop: () => void call.destroy(),
	};
}

function describe({ Type, Action, Actor }: EngineEvent): string {
	return `${Type} ${Action} ${Actor.Attributes['name'] ?? Actor.ID}`;
}
