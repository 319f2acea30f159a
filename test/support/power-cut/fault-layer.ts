import syncFs, { statSync, truncateSync, writeSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { Random } from '../random.ts';

type Call = (...args: unknown[]) => Promise<unknown>;

/** Calls of `node:fs/promises` that change a disk. */
const CHANGES = ['open', 'writeFile', 'appendFile', 'rename', 'unlink', 'rm', 'rmdir', 'mkdir', 'utimes'] as const;
const MORE_CHANGES = ['link', 'symlink', 'chmod', 'chown', 'truncate', 'copyFile'] as const;
const HANDLE_CHANGES = ['sync', 'datasync', 'utimes', 'chown', 'chmod', 'truncate', 'close'] as const;
const HANDLE_WRITES = ['write', 'writeFile', 'appendFile'] as const;

/**
 * A power cut at the n-th call that changes the disk: before it, or after a part of its bytes. What was not synced by then
 * may be lost: such files are cut to a part of their length. The process kills itself, so nothing of it runs afterwards.
 */
export class FaultLayer {
	readonly #random: Random;
	readonly #cutAt: number;
	readonly #unsynced = new Set<string>();
	#calls = 0;

	constructor(options: { readonly seed: number; readonly cutAt: number }) {
		this.#random = new Random(options.seed);
		this.#cutAt = options.cutAt;
	}

	/** Calls so far. */
	get calls(): number {
		return this.#calls;
	}

	/** Puts itself under everything that imports `node:fs/promises`; in a bundle, which looks each name up when it is called. */
	install(): void {
		const functions = fs as unknown as Record<string, Call>; // all of them have this form
		for (const name of [...CHANGES, ...MORE_CHANGES]) {
			const real = functions[name];
			if (real !== undefined) functions[name] = (...args) => this.#call(name, real, args);
		}
		const { renameSync } = syncFs;
		syncFs.renameSync = (from, to) => {
			this.#step();
			renameSync(from, to);
			if (this.#unsynced.delete(String(from))) this.#unsynced.add(String(to));
		};
	}

	async #call(name: string, real: Call, args: unknown[]): Promise<unknown> {
		const [path = '', second = ''] = args.map(String);
		if (name === 'open' && (args[1] ?? 'r') === 'r') return this.#wrap(path, (await real(...args)) as FileHandle);
		this.#step();
		const result = await real(...args);
		if (name === 'writeFile' || name === 'copyFile') this.#unsynced.add(name === 'copyFile' ? second : path);
		if (name === 'rename' && this.#unsynced.delete(path)) this.#unsynced.add(second);
		return name === 'open' ? this.#wrap(path, result as FileHandle, args[1] !== 'r+') : result;
	}

	/** `isNew`: its length may be lost. That of a device is fixed. */
	#wrap(path: string, handle: FileHandle, isNew = false): FileHandle {
		const methods = handle as unknown as Record<string, Call>;
		for (const name of HANDLE_CHANGES) {
			const real = methods[name]?.bind(handle);
			if (real === undefined) continue;
			methods[name] = async (...args) => {
				if (name !== 'close') this.#step();
				const result = await real(...args);
				if (name === 'sync' || name === 'datasync') this.#unsynced.delete(path);
				return result;
			};
		}
		for (const name of HANDLE_WRITES) {
			const real = methods[name]?.bind(handle);
			if (real === undefined) continue;
			methods[name] = (...args) => {
				if (isNew) this.#unsynced.add(path);
				this.#step(() => {
					writePart(handle.fd, args, this.#random);
				});
				return real(...args);
			};
		}
		return handle;
	}

	#step(doPart?: () => void): void {
		this.#calls += 1;
		if (this.#calls !== this.#cutAt) return;
		if (this.#random.chance(0.6)) doPart?.();
		for (const path of this.#unsynced) {
			if (this.#random.chance(0.5)) truncateSync(path, this.#random.below(statSync(path).size + 1));
		}
		process.kill(process.pid, 'SIGKILL');
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // should the signal take a moment
	}
}

/** `write(buffer, offset, length, position)` and `writeFile(content)`. */
function writePart(fd: number, [content, offset, length, position]: readonly unknown[], random: Random): void {
	const bytes = typeof content === 'string' ? Buffer.from(content) : (content as Uint8Array);
	const from = typeof offset === 'number' ? offset : 0;
	const count = random.below((typeof length === 'number' ? length : bytes.length - from) + 1);
	if (count > 0) writeSync(fd, bytes, from, count, typeof position === 'number' ? position : null);
}
