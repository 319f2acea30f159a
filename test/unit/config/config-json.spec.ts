import { expect } from 'chai';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { linesOf, recordingLog, stubSystemLog } from '../../support/logs.ts';
import { rejectionOf } from '../adapters/sqlite/raw-database.ts';
import { configJsonOf, MemoryConfigCopy, MemoryFile } from './memory-setting-rows.ts';

const GOOD = '{"apiEndpoint":"https://a","uuid":"u","deviceApiKey":"secret-key","hostname":"h"}';
const PROPERTIES = JSON.parse(GOOD) as Readonly<Record<string, unknown>>;

describe('config.json', () => {
	let file: MemoryFile;
	let copy: MemoryConfigCopy;
	let nowMs: number;

	beforeEach(() => {
		file = new MemoryFile(GOOD);
		copy = new MemoryConfigCopy(file);
		nowMs = 0;
	});

	/** A start of the process. */
	function start() {
		const { log, lines } = recordingLog();
		const systemLog = stubSystemLog();
		const configJson = configJsonOf(file, { copy, log, systemLog, nowMs: () => nowMs });
		const said = () => lines.filter(({ level }) => level !== 'debug').map(({ message }) => message);
		return { configJson, lines, said, told: () => linesOf(systemLog) };
	}

	/** Reads, and again when what was seen has lasted. */
	async function settle({ configJson }: ReturnType<typeof start>): Promise<Readonly<Record<string, unknown>>> {
		await configJson.read();
		nowMs += 3000;
		return await configJson.read();
	}

	const half = GOOD.slice(0, 40);
	const damages: readonly [string, string | undefined, string][] = [
		['missing', undefined, 'missing'],
		['empty', '', 'empty'],
		['blank', ' \n', 'empty'],
		['all zeros', '\0'.repeat(80), 'empty'],
		['a mark of byte order and no more', '\uFEFF', 'empty'],
		['half', half, 'cut off'],
		['its first character', '{', 'cut off'],
		['without its last', GOOD.slice(0, -1), 'cut off'],
		['half, then zeros', half.padEnd(80, '\0'), 'cut off'],
		['whole, then zeros', GOOD + '\0\0', 'cut off'],
	];
	for (const moment of ['at the start', 'while running'] as const) {
		for (const [name, content, problem] of damages) {
			it(`config #15: is restored ${moment} when it is ${name}, and the damaged one kept`, async () => {
				await start().configJson.read();
				const process = start();
				if (moment === 'while running') await process.configJson.read();
				file.content = content;
				expect(await process.configJson.read(), 'the present settings hold').to.deep.equal(PROPERTIES);
				expect([file.writes, process.said(), process.told()]).to.deep.equal([0, [], []]);
				expect(await settle(process)).to.deep.equal(PROPERTIES);
				expect(file.content).to.equal(GOOD);
				expect(copy.damaged).to.deep.equal(content === undefined ? [] : [content]);
				expect(process.said()).to.deep.equal(['config.json was damaged, its last good content is restored']);
				expect(process.told()).to.deep.equal([
					`config.json was damaged (${problem}): its last good content is restored`,
				]);
				await settle(process);
				expect([process.said(), process.told()].map(({ length }) => length)).to.deep.equal([1, 1]);
			});
		}
	}

	const errors: readonly [string, number, number][] = [
		['[]', 1, 1],
		['"secret-key"', 1, 1],
		['[{"uuid":', 1, 1],
		[`{\n  "uuid": "u"\n  "deviceApiKey": "secret-key"\n}`, 3, 3],
		['\uFEFF{"a":1,}', 1, 8],
		['not json', 1, 2],
		[`${GOOD}}`, 1, GOOD.length + 1],
	];
	for (const [content, line, column] of errors) {
		it(`config #15: is left as a person has broken it, and the place is said: ${JSON.stringify(content)}`, async () => {
			await start().configJson.read();
			file.content = content;
			const process = start();
			expect(await settle(process)).to.deep.equal(PROPERTIES);
			await settle(process);
			expect([file.content, file.writes, copy.damaged]).to.deep.equal([content, 0, []]);
			expect(process.lines).to.have.length(1);
			expect(process.lines[0]?.fields).to.include({ line, column });
			expect(process.told()).to.have.length(1);
			expect(process.told()[0]).to.include(`line ${line}, column ${column}`);
			expect(JSON.stringify([process.lines, process.told()])).not.to.include('secret');
			file.content = '{"uuid":"u","hostname":"corrected"}';
			expect(await process.configJson.read()).to.deep.equal({ uuid: 'u', hostname: 'corrected' });
			expect(process.said().slice(1)).to.deep.equal(['config.json can be read again']);
		});
	}

	it('counts nothing as damage that another program completes within seconds', async () => {
		const process = start();
		await process.configJson.read();
		for (const content of ['', '{"uuid"', '{"uuid":"u","ho', '{"uuid":"u","hostname":"i"}']) {
			file.content = content;
			await process.configJson.read();
			nowMs += 2000;
		}
		expect(await process.configJson.read()).to.deep.equal({ uuid: 'u', hostname: 'i' });
		for (const content of ['', '[]']) {
			file.content = content;
			for (let reads = 0; reads < 3; reads += 1) {
				await process.configJson.read();
				nowMs += 1000;
			}
			expect(process.configJson.isSettling()).to.equal(true);
		}
		expect([file.writes, process.said()]).to.deep.equal([0, []]);
	});

	it('accepts a mark of byte order, and for duplicate keys the last', async () => {
		file.content = '\uFEFF{"hostname":"a","uuid":"u","hostname":"b"}';
		const { configJson } = start();
		expect(await configJson.read()).to.deep.equal({ hostname: 'b', uuid: 'u' });
		await configJson.update({ hostname: { after: 'b' } });
		expect(file.writes, 'nothing differs').to.equal(0);
		await configJson.update({ hostname: { after: 'c' } });
		expect(file.content).to.equal('{"hostname":"c","uuid":"u"}');
	});

	it('keeps a copy of each good content, and writes it only when it differs', async () => {
		const { configJson } = start();
		await configJson.read();
		expect(copy.content).to.equal(GOOD);
		await configJson.update({ hostname: { after: 'i' } });
		expect(copy.content).to.equal(file.content);
		file.content = '{"uuid":"v"}';
		await configJson.read();
		expect(copy.content).to.equal('{"uuid":"v"}');
		const { writes } = copy;
		await configJson.read();
		await start().configJson.read();
		expect(copy.writes, 'flash wears out').to.equal(writes);
	});

	it('works without a copy where none can be written, and says so once', async () => {
		copy.failure = new OperationalError('file-unwritable', 'ENOSPC');
		const process = start();
		await process.configJson.read();
		await process.configJson.update({ hostname: { after: 'i' } });
		file.content = '';
		expect(await settle(process)).to.include({ hostname: 'i' });
		expect(JSON.parse(file.content)).to.include({ hostname: 'i', uuid: 'u' });
		expect(process.said().filter((line) => line === 'cannot keep a copy of config.json')).to.have.length(1);
	});

	it('tries to restore it again where it could not be written, and sets the damaged one aside once', async () => {
		const process = start();
		await process.configJson.read();
		file.content = half;
		file.failure = new OperationalError('file-unwritable', 'EROFS');
		expect(await settle(process)).to.deep.equal(PROPERTIES);
		await settle(process);
		expect(process.said()).to.deep.equal(['cannot restore config.json, its last good content holds']);
		file.failure = undefined;
		await settle(process);
		expect([file.content, copy.damaged]).to.deep.equal([GOOD, [half]]);
		expect(process.told()).to.have.length(2);
	});

	for (const broken of ['{"uuid":"u" "hostname":"h"}', '[]']) {
		it(`writes no change of ours over ${broken}: it holds at once, and is written when the file is corrected`, async () => {
			await start().configJson.read();
			file.content = broken;
			const first = start();
			await settle(first);
			await first.configJson.update({ hostname: { before: 'h', after: 'i' }, registered_at: { after: 5 } });
			await first.configJson.update({ apiKey: { after: undefined }, hostname: { before: 'i', after: 'j' } });
			expect(await first.configJson.read()).to.deep.equal({ ...PROPERTIES, hostname: 'j', registered_at: 5 });
			expect(file.content).to.equal(broken);
			expect(first.said().filter((line) => line.includes('written to it later'))).to.have.length(1);
			const second = start();
			expect(await second.configJson.read(), 'after a restart').to.include({ hostname: 'j', registered_at: 5 });
			file.content = '{"uuid":"u","apiKey":"old","hostname":"person","country":"CH"}';
			const merged = { uuid: 'u', hostname: 'j', country: 'CH', registered_at: 5 };
			expect(await second.configJson.read()).to.deep.equal(merged);
			expect(JSON.parse(file.content)).to.deep.equal(merged);
			file.content = '{"uuid":"u","hostname":"person again"}';
			expect(await second.configJson.read(), 'once').to.include({ hostname: 'person again' });
		});
	}

	it('writes over no other program: merges with what that has written between', async () => {
		const { configJson } = start();
		await configJson.read();
		let edits = 0;
		file.beforeReplace = () => {
			edits += 1;
			if (edits <= 3) file.content = JSON.stringify({ ...(JSON.parse(file.content) as object), theirs: edits });
		};
		await configJson.update({ hostname: { before: 'h', after: 'i' } });
		expect(JSON.parse(file.content)).to.deep.equal({ ...PROPERTIES, hostname: 'i', theirs: 3 });
		file.beforeReplace = () => {
			edits += 1;
			file.content = JSON.stringify({ theirs: edits });
		};
		const error = await rejectionOf(configJson.update({ hostname: { after: 'j' } }));
		expect(error.code).to.equal('config-file-busy');
	});

	it('keeps a change that comes while another program is in the middle of writing', async () => {
		const { configJson } = start();
		await configJson.read();
		file.content = '';
		await configJson.update({ hostname: { before: 'h', after: 'i' } });
		file.content = '{"uuid":"u","theirs":1}';
		await configJson.read();
		expect(file.content).to.equal('{"uuid":"u","theirs":1,"hostname":"i"}');
	});

	it('holds the last good value of a setting without a default, says which, and leaves the file alone', async () => {
		await start().configJson.read();
		file.content = '{"apiEndpoint":["x"],"uuid":5,"deviceApiKey":98765,"hostname":"i"}';
		const process = start();
		const shown = ['apiEndpoint in config.json cannot be used (an object)', 'uuid in config.json cannot be used (5)'];
		for (let reads = 0; reads < 2; reads += 1) {
			expect(await process.configJson.read()).to.deep.equal({ ...PROPERTIES, hostname: 'i' });
		}
		const used = 'the last good value';
		expect(process.lines.map(({ fields }) => fields)).to.deep.equal([
			{ setting: 'apiEndpoint', where: 'config.json', value: 'an object', used },
			{ setting: 'uuid', where: 'config.json', value: '5', used },
			{ setting: 'deviceApiKey', where: 'config.json', used },
		]);
		expect(process.told()).to.deep.equal(
			[...shown, 'deviceApiKey in config.json cannot be used'].map(
				(line) => `${line}: its last good value holds until it is corrected`,
			),
		);
		expect(file.writes).to.equal(0);
		await process.configJson.update({ hostname: { after: 'j' } });
		expect(file.content).to.equal('{"apiEndpoint":["x"],"uuid":5,"deviceApiKey":98765,"hostname":"j"}');
		expect(copy.content).to.include('"uuid":"u"').and.include('"hostname":"j"');
	});

	for (const apiEndpoint of ['garbage', 'ftp://x', 'https://', 'api.example.com']) {
		it(`stays with its cloud, of which it has the target, when the endpoint becomes ${apiEndpoint}`, async () => {
			await start().configJson.read();
			file.content = JSON.stringify({ ...PROPERTIES, apiEndpoint });
			expect(await start().configJson.read()).to.deep.equal(PROPERTIES);
			copy.content = undefined;
			expect(await start().configJson.read(), 'at its very first start').to.include({ apiEndpoint });
			expect(await start().configJson.read(), 'at the next').to.include({ apiEndpoint });
			for (const other of ['', 'http://[::1]:80', 'https://b.example/x']) {
				file.content = JSON.stringify({ ...PROPERTIES, apiEndpoint: other });
				expect(await start().configJson.read()).to.include({ apiEndpoint: other });
			}
		});
	}

	it('takes a file that the system cannot read for broken', async () => {
		const process = start();
		await process.configJson.read();
		file.read = () => Promise.reject(new OperationalError('file-unreadable', 'Failed to read file: EIO'));
		expect(await settle(process)).to.deep.equal(PROPERTIES);
		expect([file.writes, process.lines[0]?.fields['problem']]).to.deep.equal([0, 'Failed to read file: EIO']);
	});

	it('does not read a file again that has the same stamp', async () => {
		file.stamp = () => Promise.resolve('same');
		const { configJson } = start();
		await configJson.read();
		await configJson.read();
		expect(file.reads).to.equal(1);
		file.stamp = () => Promise.resolve('other');
		await configJson.read();
		expect(file.reads).to.equal(2);
		file.content = '{"theirs":1}'; // in the moment of a write the stamp is not trusted
		await configJson.update({ hostname: { after: 'i' } });
		expect(file.content).to.equal('{"theirs":1,"hostname":"i"}');
	});
});
