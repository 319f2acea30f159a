import { expect } from 'chai';
import type { LogLine } from '../../../src/page/answers.ts';
import { addLines, lastTimeOf, searchLines, toText } from '../../../src/page/log-lines.ts';

const line = (message: string, timestamp = 0, serviceName = 'web'): LogLine => ({ message, timestamp, serviceName });
const messagesOf = (lines: readonly LogLine[]) => lines.map(({ message }) => message);

describe('the lines of logs in the page', () => {
	it('are numbered, lose their colours, and the oldest give way', () => {
		const many = addLines(
			[],
			Array.from({ length: 1005 }, (_, index) => line(`\u001b[32m${index}\u001b[0m`)),
		);
		expect(many).to.have.length(1000);
		expect(many[0]).to.deep.include({ message: '5', number: 6 });
		expect(addLines(many, [])).to.equal(many);
		expect(addLines(many, [line('next')]).at(-1)).to.include({ number: 1006 });
	});

	it('continue after a break without those that were there, and with new ones of the same moment', () => {
		const before = addLines([], [line('one', 5), line('two', 7)]);
		const resumedAt = lastTimeOf(before);
		const after = addLines(before, [line('two', 7), line('three', 7), line('two', 8)], resumedAt);
		expect(messagesOf(after)).to.deep.equal(['one', 'two', 'three', 'two']);
		expect(messagesOf(addLines(before, [line('two', 7)]))).to.deep.equal(['one', 'two', 'two']);
	});

	it('of a new container come in their order, also those from before it was seen', () => {
		const before = addLines([], [line('one', 5), line('two', 7)]);
		const after = addLines(before, [line('one', 5), line('first of the next', 6), line('two', 7)], lastTimeOf(before));
		expect(messagesOf(after)).to.deep.equal(['one', 'first of the next', 'two']);
		expect(new Set(after.map(({ number }) => number)).size).to.equal(3);
	});

	it('are found by their text or service, in any letter case', () => {
		const lines = addLines([], [line('GET /'), line('open', 1, 'till'), line('closed', 2, 'till')]);
		expect(messagesOf(searchLines(lines, ' get '))).to.deep.equal(['GET /']);
		expect(messagesOf(searchLines(lines, 'TILL'))).to.deep.equal(['open', 'closed']);
		expect(searchLines(lines, ' ')).to.equal(lines);
	});

	it('are written with time and service', () => {
		const lines = addLines([], [line('open', 1000, 'till'), { message: 'hello' }]);
		expect(toText(lines)).to.equal('1970-01-01T00:00:01.000Z till: open\ndevice: hello\n');
	});
});
