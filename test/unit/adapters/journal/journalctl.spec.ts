import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Journalctl } from '../../../../src/adapters/journal/index.ts';
import type { JournalEntry } from '../../../../src/ports/journal.ts';

const RECORDED = join(import.meta.dirname, '../../../fixtures/journal/containers.jsonl');

describe('the journal, through a program that plays a recorded one', () => {
	let folder: string;
	let program: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'journal-'));
		program = join(folder, 'journalctl');
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	const play = (last: string) => {
		const script = `#!/bin/sh\nprintf '%s|' "$@" >>${folder}/arguments\necho $$ >${folder}/pid\ncat ${RECORDED}\n${last}\n`;
		writeFileSync(program, script);
		chmodSync(program, 0o755);
	};
	const readAll = async (signal: AbortSignal, from: { cursor: string } | { since: Date } = { cursor: 'c7' }) => {
		const entries: JournalEntry[] = [];
		for await (const some of new Journalctl({ program }).follow(
			{ from, units: ['balena.service', 'x.service'] },
			signal,
		)) {
			entries.push(...some);
		}
		return entries;
	};
	const never = new AbortController().signal;

	const full = { all: true, follow: true, format: 'short', count: 10, unit: 'x.service', containerId: 'id' };

	it('host #29: is shown with every option in its place, to the last line', async () => {
		play('');
		const query = { ...full, since: '2020-01-01', until: '-1h' };
		const { output } = await new Journalctl({ program }).open(query);
		let text = '';
		for await (const chunk of output) {
			text += Buffer.from(chunk).toString();
		}
		expect(text).to.equal(readFileSync(RECORDED, 'utf8'));
		expect(readFileSync(join(folder, 'arguments'), 'utf8')).to.equal(
			'-a|--follow|-u|x.service|-t|id|-n|10|-S|2020-01-01|-U|-1h|-o|short|',
		);
	});

	it('host #29: ends the program when its reader has gone', async () => {
		play('exec sleep 60');
		const { output, end } = await new Journalctl({ program }).open(full);
		for await (const chunk of output) {
			expect(chunk.length).to.be.greaterThan(0);
			break;
		}
		const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
		end();
		while (existsSync(`/proc/${pid}`)) {
			await sleep(5);
		}
	});

	it('gives the last lines of one run of a unit, and none where it cannot be read', async () => {
		play('');
		const journal = new Journalctl({ program });
		const lines = await journal.lastLines({ unit: 'x.service', invocationId: 'a1' }, 7);
		expect(lines).to.deep.equal(readFileSync(RECORDED, 'utf8').trim().split('\n'));
		await journal.lastLines({ unit: 'x.service' }, 7);
		expect(readFileSync(join(folder, 'arguments'), 'utf8')).to.equal(
			'-q|-a|-n|7|-o|cat|_SYSTEMD_INVOCATION_ID=a1|+|INVOCATION_ID=a1|' +
				'-q|-a|-n|7|-o|cat|_SYSTEMD_UNIT=x.service|+|UNIT=x.service|',
		);
		const none = new Journalctl({ program: join(folder, 'none') });
		expect(await none.lastLines({ unit: 'x.service' }, 7)).to.deep.equal([]);
	});

	it('does not wait for a program that does not end', async () => {
		play('exec sleep 60');
		const lines = await new Journalctl({ program, probeMs: 300 }).lastLines({ unit: 'x.service' }, 7);
		expect(lines).not.to.deep.equal([]);
	});

	it('says so where there is no such program', async () => {
		const failure = await new Journalctl({ program: join(folder, 'none') }).open(full).catch((error: unknown) => error);
		expect(failure).to.have.property('code', 'journal-missing');
	});

	it('is decoded: text, bytes, colours; what is no entry is skipped', async () => {
		play('echo "not json"; echo "[1]"; printf "half of a li"');
		const entries = await readAll(never);
		expect(entries.map(({ message, priority, isPartial }) => [message, priority, isPartial])).to.deep.equal([
			['plain', 6, false],
			['error', 3, false],
			['\u001b[31mröd\u001b[0m', 6, false],
			['bytes \u00ff', 6, false],
			['first ', 6, true],
			['second', 6, false],
			['of the host', 4, false],
		]);
		expect(entries[0]).to.include({ cursor: 's=1;i=1', timeUs: 1_767_225_600_123_456, containerId: 'a'.repeat(64) });
		expect(entries.at(-1)).to.include({ unit: 'os-update.service' }).and.not.have.property('containerId');
	});

	it('is asked as the specification says, or for what is behind a place', async () => {
		play('');
		await readAll(never, { since: new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)) });
		await readAll(never, { cursor: 'c7' });
		const units = '_SYSTEMD_UNIT=balena.service|_SYSTEMD_UNIT=x.service|';
		expect(readFileSync(join(folder, 'arguments'), 'utf8')).to.equal(
			`-a|--follow|-S|2026-01-02 03:04:05|-o|json|${units}` +
				`-a|--follow|--no-tail|--after-cursor|c7|-o|json|${units}`,
		);
	});

	it('ends on abort, and its reader ends', async () => {
		play('exec sleep 1000');
		const end = new AbortController();
		const reading = readAll(end.signal);
		while (!existsSync(join(folder, 'pid'))) await sleep(5);
		const pid = readFileSync(join(folder, 'pid'), 'utf8').trim();
		await sleep(50);
		end.abort();
		expect(await reading).to.have.length(7);
		while (existsSync(`/proc/${pid}`)) await sleep(5);
	});

	it('is readable when there is a program and an entry', async () => {
		expect(await new Journalctl({ program }).isReadable()).to.equal(false);
		writeFileSync(program, '#!/bin/sh\necho "No journal files were found."\n', { mode: 0o755 });
		expect(await new Journalctl({ program }).isReadable()).to.equal(false);
		play('');
		expect(await new Journalctl({ program }).isReadable()).to.equal(true);
		expect(await readAll(never).then(() => 'read')).to.equal('read');
		rmSync(program);
		const failure = await readAll(never).then(String, (error: unknown) => (error as { code?: string }).code);
		expect(failure).to.equal('journal-missing');
	});
});
