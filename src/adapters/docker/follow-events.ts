import type { Clock } from '../../ports/clock.ts';
import { EngineError, type EngineEvent } from '../../ports/engine.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { linkSignal } from '../../lib/link-signal.ts';
import { toEngineError } from './engine-errors.ts';
import { readTextMap, textOr } from './read-answer.ts';
import { readJsonLines } from './read-json-lines.ts';
import { within } from './within.ts';

interface FollowOptions {
	readonly connect: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>;
	/** The stream has ended: until the next `connected` no event arrives. */
	readonly onLost: () => void;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}

type Attributes = Readonly<Record<string, string>>;

const RECONNECT_MS = 1000;
/**
 * A socket that systemd holds accepts a connection and never answers, even when the engine listens elsewhere by then.
 */
const CONNECT_LIMIT_MS = 10_000;
const TYPES = ['container', 'network', 'volume', 'image'] as const;

/** The events of the engine until the signal aborts; reconnects a second after the stream ended (spec: compose 4.4). */
export async function* followEvents({ connect, onLost, clock, signal }: FollowOptions): AsyncGenerator<EngineEvent> {
	while (!signal.aborted) {
		const link = linkSignal(signal);
		try {
			const stream = await within({ doing: 'follow its events', limitMs: CONNECT_LIMIT_MS }, () =>
				connect(link.signal),
			);
			yield { type: 'connected' };
			for await (const raw of readJsonLines(stream, link.signal)) {
				const event = toEngineEvent(raw);
				if (event !== undefined) {
					yield event;
				}
			}
		} catch (error) {
			if (!isAborted(signal) && !(toEngineError(error, 'follow its events') instanceof EngineError)) {
				throw error;
			}
			// The engine is down or restarting: everything is read again after the next connection.
		} finally {
			onLost();
			link.abort();
			link.unlink();
		}
		await clock.sleep(RECONNECT_MS, signal);
	}
}

/** For `network connect` the id of the container, because the container has changed. */
function toEngineEvent(raw: unknown): EngineEvent | undefined {
	const { Type, Action, Actor } = isPlainObject(raw) ? raw : {};
	const type = TYPES.find((known) => known === Type);
	const action = textOr(Action, '');
	if (type === undefined || isNoise(action)) {
		return undefined;
	}
	const { ID, Attributes } = isPlainObject(Actor) ? Actor : {};
	const attributes = readTextMap(Attributes) ?? {};
	const id = (type === 'network' ? attributes['container'] : undefined) ?? textOr(ID, '');
	return type === 'container'
		? { type, action, id, ...serviceOf(attributes), ...exitCodeOf(attributes['exitCode']) }
		: { type, action, id };
}

/** The attributes of a container's event are its labels, among others. */
function serviceOf(attributes: Attributes) {
	const name = attributes['io.balena.service-name'] ?? attributes['io.resin.service-name'];
	return name === undefined ? {} : { service: { name, image: attributes['image'] ?? '' } };
}

function exitCodeOf(text: string | undefined) {
	return text !== undefined && /^\d+$/.test(text) ? { exitCode: Number(text) } : {};
}

/** Commands that run inside a container (health checks among them) and attachments change nothing that is cached. */
function isNoise(action: string): boolean {
	return (
		action.startsWith('exec_') ||
		action === 'attach' ||
		action === 'top' ||
		action === 'resize' ||
		action === 'mount' ||
		action === 'unmount'
	);
}
