import { expect } from 'chai';
import { formatLine, mergeLines, parseLine, parseSince, parseSupervisorLog } from '../../../../tools/dind/log-lines.ts';
import { plain } from '../../../../tools/dind/terminal.ts';

const at = (second: number) => `2026-01-01T00:00:0${second}.5Z`;
const format = { width: 6, hasPrefix: true, hasTime: false, paint: plain };

describe('lines of dindctl logs', () => {
	it('have their time apart, in the form of the engine and of the supervisor', () => {
		const time = '2026-01-01T00:00:01.123456789Z';
		expect(parseLine('web', `${time} hello`)).to.deep.equal({ source: 'web', time, text: 'hello' });
		expect(parseLine('web', 'hello')).to.deep.equal({ source: 'web', time: undefined, text: 'hello' });
	});

	it('leave out what this tool asks and writes, and give a line without a time that of the line before', () => {
		const lines = [`${at(1)} [info] one`, 'more', `${at(2)} [debug] GET /v2/state/status 200`, ''];
		expect(
			parseSupervisorLog([...lines, 'dindctl: a release was made', `${at(3)} [info] GET /v2/version 200`]),
		).to.deep.equal([
			{ source: 'supervisor', time: at(1), text: '[info] one' },
			{ source: 'supervisor', time: at(1), text: 'more' },
			{ source: 'supervisor', time: at(3), text: '[info] GET /v2/version 200' },
		]);
	});

	it('come in the order of their times, the last ones of each', () => {
		const log = (source: string, seconds: readonly number[]) =>
			seconds.map((second) => ({ source, time: at(second), text: String(second) }));
		const merged = mergeLines([log('a', [1, 3, 5]), log('b', [2, 3])], 2);
		expect(merged.map(({ source, text }) => `${source}${text}`)).to.deep.equal(['b2', 'a3', 'b3', 'a5']);
	});

	it('have a prefix in one width, and a time only if it is asked for', () => {
		const line = { source: 'web', time: at(1), text: 'hello' };
		expect(formatLine(line, format)).to.equal('web    | hello');
		expect(formatLine(line, { ...format, hasTime: true, hasPrefix: false })).to.equal(`${at(1)} hello`);
		const painted = formatLine(line, { ...format, paint: (colour, text) => `<${colour}>${text}` });
		expect(painted).to.match(/^<\w+>web {4}\| hello$/);
	});

	it('begin some time ago, or at a time', () => {
		expect(parseSince('90s', 100_000)).to.equal(10_000);
		expect(parseSince('1h30m', 5_400_000)).to.equal(0);
		expect(parseSince('1.5d', 0)).to.equal(-129_600_000);
		expect(parseSince('2026-01-01T00:00:00Z', 0)).to.equal(Date.parse('2026-01-01'));
		for (const wrong of ['', '5', 'x5m', '5m!', 'yesterday', '2026-99-99']) {
			expect(() => parseSince(wrong, 0)).to.throw(`--since ${wrong} is no time`);
		}
	});
});
