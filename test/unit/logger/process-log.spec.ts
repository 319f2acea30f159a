import { expect } from 'chai';
import Sinon from 'sinon';
import { Writable } from 'node:stream';
import { createLog, Redactor, UserSystemLog } from '../../../src/logger/index.ts';
import { stubSystemLog } from '../../support/logs.ts';

describe('process log', () => {
	const KEY = 'fedcba9876543210fedcba9876543210';

	const AT = new Date('2026-02-03T04:05:06.789Z');

	function logTo(level: 'debug' | 'info' = 'debug', how: { format?: 'json'; time?: () => Date } = {}) {
		const lines: string[] = [];
		const stream = new Writable({
			write: (chunk: Buffer, _encoding, done) => {
				lines.push(chunk.toString());
				done();
			},
		});
		const redactor = new Redactor();
		return { lines, redactor, log: createLog({ level, redactor, stream, ...how }) };
	}

	it('writes one line an event: level, sentence, fields', () => {
		const { lines, log } = logTo();
		log.child('loop').info('image pulled', { appId: 1, image: 'a b', durationMs: 5, nothing: undefined });
		expect(lines).to.deep.equal(['[info]    image pulled component=loop appId=1 image="a b" durationMs=5\n']);
	});

	it('begins with the time where the reader does not keep it', () => {
		const { lines, log } = logTo('info', { time: () => AT });
		log.info('image pulled', { appId: 1 });
		expect(lines).to.deep.equal(['2026-02-03T04:05:06.789Z [info]    image pulled appId=1\n']);
	});

	it('writes one object a line for collectors, which no field can forge', () => {
		const { lines, log } = logTo('info', { format: 'json', time: () => AT });
		log.child('loop').warn('step failed', { level: 'x', n: 1, nothing: undefined, deep: { a: [1] } });
		log.error('it broke\u2028\u009b', { error: new Error('one\ntwo') });
		expect(JSON.parse(String(lines[0]))).to.deep.equal({
			...{ time: '2026-02-03T04:05:06.789Z', level: 'warn', message: 'step failed' },
			fields: { component: 'loop', level: 'x', n: 1, deep: { a: [1] } },
		});
		expect(lines).to.have.length(2);
		expect(lines[1]).to.match(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+\n$/u);
		const broken = JSON.parse(String(lines[1])) as { message: string; fields: { error: string } };
		expect(broken.message).to.equal('it broke\u2028\u009b');
		expect(broken.fields.error).to.match(/^Error: one\ntwo\n {4}at/);
	});

	it('keeps keys out of objects too', () => {
		const { lines, log, redactor } = logTo('info', { format: 'json' });
		redactor.add(KEY);
		log.info(`calling with ${KEY}`, { apiKey: 'abc', deep: { list: [KEY] } });
		expect(JSON.parse(String(lines[0]))).to.deep.equal({
			...{ level: 'info', message: 'calling with ***' },
			fields: { apiKey: '***', deep: { list: ['***'] } },
		});
	});

	it('keeps what holds line breaks on one line', () => {
		const { lines, log } = logTo();
		log.error('it broke', { error: new Error('one\ntwo') });
		expect(lines.join('').split('\n')).to.have.length(2);
	});

	it('prevents forged lines and terminal control sequences', () => {
		const { lines, log } = logTo();
		const forged = 'a\n[error]   FORGED\r\u001b[31m\u009b2J\u007f\u2028\u202eb\0\tc';
		log.child(forged).warn(`label ${forged}`, { bare: 'x\u001b[31m', value: forged, deep: [forged] });
		new UserSystemLog({ log, user: stubSystemLog(), redactor: new Redactor() }).write(forged);
		expect(lines).to.have.length(2);
		for (const line of lines) expect(line).to.match(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+\n$/u);
		expect(lines[1]).to.match(
			/^\[info\] {4}a\\n\[error\] {3}FORGED\\r\\u001b\[31m\\u009b2J\\u007f\\u2028\\u202eb\\u0000\\tc component/,
		);
	});

	it('leaves out what is below its level', () => {
		const { lines, log } = logTo('info');
		log.debug('a decision');
		expect(lines).to.deep.equal([]);
	});

	it('never shows a key: not in a sentence, a field, an error or a nested value', () => {
		const { lines, log, redactor } = logTo();
		redactor.add(KEY, undefined, 'short');
		log.info(`calling with ${KEY}`, { url: `http://x/?apikey=${KEY}`, deep: { list: [KEY] } });
		log.error('it broke', { error: new Error(`bad key ${KEY}`) });
		const user = stubSystemLog();
		new UserSystemLog({ log, user, redactor }).write(`text ${KEY}`, { error: true });
		expect(lines.join('')).not.to.include(KEY);
		Sinon.assert.calledOnceWithExactly(user.write, 'text ***', { error: true });
		expect(lines).to.have.length(3);
	});

	it('never shows a token that comes and goes, and remembers the last hundred', () => {
		const { redactor } = logTo();
		const token = (n: number) => `token number ${n}.`;
		for (let n = 1; n <= 101; n++) redactor.addPassing(token(n));
		redactor.addPassing('short');
		expect(redactor.redact(token(101))).to.equal('***');
		expect(redactor.redact(token(2))).to.equal('***');
		expect(redactor.redact(token(1))).to.equal(token(1));
		expect(redactor.redact('short')).to.equal('short');
	});

	it('hides fields whose name says that they are secret', () => {
		const { lines, log } = logTo();
		log.info('a key', { apiKey: 'abc', authorization: 'Bearer x', deviceApiKey: 'y', image: 'z' });
		expect(lines[0]).to.include('apiKey=*** authorization=*** deviceApiKey=*** image=z');
	});
});
