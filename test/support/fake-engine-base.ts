import { Listeners } from '../../src/lib/listeners.ts';
import type { Clock } from '../../src/ports/clock.ts';
import {
	EngineError,
	type EngineErrorCode,
	type EngineEvent,
	type ImageInspection,
	type ImageSummary,
	type PullOptions,
} from '../../src/ports/engine.ts';
import {
	calm,
	followEvents,
	isAdmitted,
	STATUSES,
	withoutReference,
	type EngineFaults,
	type FakeImage,
	type FakeRegistry,
} from './fake-engine-objects.ts';

/** Images, events, and how each call of the engine in memory takes its time, fails, and is noted. */
export abstract class FakeEngineBase {
	readonly images = new Map<string, FakeImage>();
	readonly registry: FakeRegistry = new Map();
	readonly refused: string[] = [];
	readonly changes: { readonly at: number; readonly call: string; readonly subject: string }[] = [];
	faults: EngineFaults = calm;
	/** `ending`: no new connection is taken, containers end one after the other. */
	phase: 'up' | 'ending' | 'away' = 'up';
	protected readonly clock: Clock;
	readonly #followers = new Set<(event: EngineEvent) => void>();
	readonly #listeners = new Listeners<[EngineEvent]>();
	protected serial = 0;

	constructor(clock: Clock) {
		this.clock = clock;
	}

	protected abstract isImageUsed(id: string): boolean;

	listImages(signal?: AbortSignal): Promise<readonly ImageSummary[]> {
		const images = () =>
			[...this.images.values()].map((image) => ({
				Id: image.id,
				RepoTags: [...image.tags],
				RepoDigests: [...image.digests],
			}));
		return this.read('list images', '', images, signal);
	}

	inspectImage(reference: string, signal?: AbortSignal): Promise<ImageInspection | undefined> {
		const inspect = () => {
			const image = this.findImage(reference);
			return image && { Id: image.id, Config: image.config };
		};
		return this.read('inspect image', reference, inspect, signal);
	}

	async pullImage({ reference, auth, signal, progress }: PullOptions): Promise<void> {
		for (const percent of [0, 50]) {
			progress(percent);
			await this.clock.sleep(this.faults.latencyMs('pull'), signal);
			signal.throwIfAborted();
		}
		await this.call('pull image', reference, true, () => {
			signal.throwIfAborted();
			const found = this.registry.get(reference);
			if (found === undefined) {
				this.refuse('engine-not-found', `manifest for ${reference} not found`);
			}
			if (!isAdmitted(found, auth)) this.refuse('engine-unauthorized', `no pull access to ${reference}`);
			const image = this.images.get(found.id) ?? { id: found.id, tags: [], digests: [], config: found.config };
			const list = reference.includes('@') ? image.digests : image.tags;
			if (!list.includes(reference)) list.push(reference);
			this.images.set(found.id, image);
			this.emit({ type: 'image', action: 'pull', id: reference });
		});
		progress(100);
	}

	tagImage(reference: string, repository: string, tag: string): Promise<void> {
		return this.call('tag image', `${repository}:${tag}`, true, () => {
			const image = this.findImage(reference);
			if (image === undefined) {
				this.refuse('engine-not-found', `no such image: ${reference}`);
			}
			const name = `${repository}:${tag}`;
			for (const other of this.images.values()) {
				other.tags = other.tags.filter((known) => known !== name);
			}
			image.tags.push(name);
			this.emit({ type: 'image', action: 'tag', id: image.id });
		});
	}

	removeImage(reference: string, options: { readonly force?: boolean } = {}): Promise<void> {
		return this.call('remove image', reference, true, () => {
			const image = this.findImage(reference);
			if (image === undefined) {
				return;
			}
			const { tags, digests } = withoutReference(image, reference);
			const isLast = tags.length + digests.length === 0 || image.id === reference;
			if (isLast && this.isImageUsed(image.id) && options.force !== true) {
				this.refuse('engine-conflict', `image ${image.id} is being used by a container`);
			}
			image.tags = tags;
			image.digests = digests;
			if (isLast) {
				this.images.delete(image.id);
			}
			this.emit({ type: 'image', action: 'untag', id: image.id });
		});
	}

	async run(signal: AbortSignal): Promise<void> {
		for await (const event of followEvents(this.#followers, signal)) this.#listeners.notify(event);
	}

	onEvent(listener: (event: EngineEvent) => void): () => void {
		return this.#listeners.add(listener);
	}

	protected read<T>(call: string, subject: string, effect: () => T, signal?: AbortSignal): Promise<T> {
		return this.call(call, subject, false, effect, signal);
	}

	protected async call<T>(
		call: string,
		subject: string,
		isChange: boolean,
		effect: () => T,
		signal = new AbortController().signal,
	): Promise<T> {
		await this.clock.sleep(this.faults.latencyMs(call), signal);
		signal.throwIfAborted();
		if (this.phase === 'away') {
			throw new EngineError('engine-unreachable', `the engine is away: ${call} ${subject}`);
		}
		const failure = this.faults.failure(call);
		if (failure === 'before') {
			throw new EngineError('engine-failed', `injected failure before ${call} ${subject}`);
		}
		if (isChange) {
			this.changes.push({ at: this.clock.now(), call, subject });
		}
		const result = effect();
		if (failure === 'after') {
			throw new EngineError('engine-unreachable', `injected failure after ${call} ${subject}`);
		}
		return result;
	}

	protected refuse(code: EngineErrorCode, message: string): never {
		this.refused.push(message);
		throw new EngineError(code, message, { status: STATUSES[code] ?? 500 });
	}

	protected emit(event: EngineEvent): void {
		if (this.faults.losesEvent()) {
			return;
		}
		const times = this.faults.repeatsEvent() ? 2 : 1;
		for (let n = 0; n < times; n++) this.deliver(event);
	}

	protected deliver(event: EngineEvent): void {
		this.#followers.forEach((follower) => {
			follower(event);
		});
	}

	/** Nanoseconds, so that no two are equal. */
	protected stamp(): string {
		const at = this.clock.wall().toISOString();
		return at.replace('Z', `${String(++this.serial % 1_000_000).padStart(6, '0')}Z`);
	}

	protected findImage(reference: string): FakeImage | undefined {
		return (
			this.images.get(reference) ??
			[...this.images.values()].find((image) => image.tags.includes(reference) || image.digests.includes(reference))
		);
	}

	protected newId(): string {
		return (++this.serial).toString(16).padStart(64, 'c');
	}
}
