import { closeSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { FatFile } from '../../../../src/adapters/files/index.ts';
import { runProgram } from '../../../../src/adapters/files/index.ts';
import { DiskPatchFolders, Iptables } from '../../../../src/adapters/host/index.ts';
import { Journalctl } from '../../../../src/adapters/journal/index.ts';

/** In a process with a low limit: starts programs in every way that we have while no file descriptor is left. */

const never = new AbortController().signal;
const folder = await new DiskPatchFolders(process.argv[2] ?? '').create();
const journal = new Journalctl({ program: 'cat' });
const query = { all: true, follow: false, format: 'short' };

const readAll = (chunks: AsyncIterable<unknown>) => Readable.from(chunks).toArray();

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
	runProgram: () => runProgram('true', []),
	iptables: () => new Iptables().list('v4'),
	fatFile: () => new FatFile(import.meta.filename).write(''),
	unpack: () => folder.unpack(readNothing(), never),
	applyBatch: () => folder.applyBatch(readNothing(), never),
	pack: () => readAll(folder.pack(never)),
	isReadable: () => journal.isReadable(),
	follow: () => readAll(journal.follow({ from: { cursor: '' }, units: [] }, never)),
	open: () => journal.open(query),
};

async function* readNothing(): AsyncGenerator<Uint8Array> {
	await Promise.resolve();
	yield* [];
}

function takeAll(): readonly number[] {
	const taken: number[] = [];
	try {
		for (;;) taken.push(openSync('/dev/null', 'r'));
	} catch {
		return taken; // none is left
	}
}

const outcomes: Record<string, string> = {};
const taken = takeAll();
for (const [name, way] of Object.entries(ways)) {
	outcomes[name] = await way().then(String, (error: unknown) =>
		error instanceof Error ? `${error.name} ${'code' in error ? String(error.code) : error.message}` : String(error),
	);
}
taken.forEach((descriptor) => closeSync(descriptor));
const after = await runProgram('true', []);
console.log(JSON.stringify({ ...outcomes, after: after.state }));
