import { execFileSync } from 'node:child_process';
import { Journalctl } from '../../../src/adapters/journal/index.ts';
import type { FollowJournalOptions } from '../../../src/ports/journal.ts';

/** Runs where a journal of its own is at work (`journal.spec.ts`), and says what it could read of it. */

const CONTAINER = 'abc';
const READ_MS = 1500;

function say(message: string, priority = 6): void {
	const fields = { MESSAGE: message, PRIORITY: priority, CONTAINER_ID_FULL: CONTAINER, CONTAINER_NAME: 'web' };
	const input = Object.entries(fields).map(([name, value]) => `${name}=${value}\n`);
	execFileSync('logger', ['--journald'], { input: input.join('') });
}

async function read(from: FollowJournalOptions['from']) {
	const end = new AbortController();
	setTimeout(() => end.abort(), READ_MS);
	const all = [];
	for await (const entries of journal.follow({ from, units: [] }, end.signal)) all.push(...entries);
	return all.filter(({ containerId }) => containerId === CONTAINER);
}

const journal = new Journalctl();
const isReadable = await journal.isReadable();
['one', 'two', 'three'].forEach((message) => say(message));
const first = await read({ since: new Date(Date.now() - 60_000) });
const reading = read({ cursor: first[1]?.cursor ?? '' });
setTimeout(() => say('\u001b[31mröd\u001b[0m', 3), READ_MS / 3);
const behind = await reading;
for (let index = 0; index < 30; index++) say(`more ${index}`);
const all = await read({ cursor: first[0]?.cursor ?? '' });
console.log(
	JSON.stringify({
		isReadable,
		first: first.map(({ message }) => message),
		behind: behind.map(({ message, priority }) => [message, priority]),
		count: all.length,
	}),
);
