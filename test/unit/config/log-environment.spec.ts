import { expect } from 'chai';
import { isTimeWritten, readEnvironment } from '../../../src/config/index.ts';

describe('environment of the process log', () => {
	it('takes its words in any case, and what is not set by default', () => {
		const { log } = readEnvironment({ LOG_LEVEL: 'DEBUG', LOG_TIME: 'never', LOG_FORMAT: 'json' });
		expect(log).to.deep.equal({ level: 'debug', time: 'never', format: 'json', refused: [] });
		expect(readEnvironment({ LOG_TIME: '', LOG_FORMAT: 'null' }).log).to.deep.equal(readEnvironment({}).log);
	});

	it('names an unknown word, and what is used in its place (decision D18)', () => {
		const { log } = readEnvironment({ LOG_LEVEL: 'verbose', LOG_TIME: 'yes', LOG_FORMAT: 'xml' });
		expect(log).to.deep.include({ level: 'info', time: 'auto', format: 'text' });
		expect(log.refused).to.deep.equal([
			{ variable: 'LOG_LEVEL', value: 'verbose', used: 'info', accepted: 'error, warn, info, debug' },
			{ variable: 'LOG_TIME', value: 'yes', used: 'auto', accepted: 'auto, always, never' },
			{ variable: 'LOG_FORMAT', value: 'xml', used: 'text', accepted: 'text, json' },
		]);
	});

	const PLAIN = { isJournal: false, isContainer: false, hostHasSystemd: true };
	for (const [where, output, expected] of [
		['a file or a terminal', PLAIN, true],
		['the journal', { ...PLAIN, isJournal: true }, false],
		['the engine of a host with systemd', { ...PLAIN, isContainer: true }, false],
		['the engine of another host', { ...PLAIN, isContainer: true, hostHasSystemd: false }, true],
	] as const) {
		it(`writes ${expected ? 'a' : 'no'} time to ${where}, unless it is told otherwise`, () => {
			expect(isTimeWritten({ time: 'auto' }, output)).to.equal(expected);
			expect(isTimeWritten({ time: 'always' }, output)).to.equal(true);
			expect(isTimeWritten({ time: 'never' }, output)).to.equal(false);
		});
	}
});
