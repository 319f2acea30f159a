import { SerialQueue } from './serial-queue.ts';

/** For each key: runs one task at a time, in the order of the calls. */
export class KeyedQueue<Key> {
	readonly #queues = new Map<Key, { readonly queue: SerialQueue; tasks: number }>();

	async run<T>(key: Key, task: () => Promise<T>): Promise<T> {
		const entry = this.#queues.get(key) ?? { queue: new SerialQueue(), tasks: 0 };
		this.#queues.set(key, entry);
		entry.tasks += 1;
		try {
			return await entry.queue.run(task);
		} finally {
			entry.tasks -= 1;
			if (entry.tasks === 0) {
				this.#queues.delete(key);
			}
		}
	}
}
