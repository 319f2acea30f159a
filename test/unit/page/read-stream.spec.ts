import { expect } from 'chai';
import fc from 'fast-check';
import { splitEvents, splitJsonLines } from '../../../src/page/read-stream.ts';

describe('the streams that the page reads', () => {
	it('has events with their ids, and no pings', () => {
		const text = 'event: status\ndata: {"a":1}\n\n: ping\n\nid: 7\nevent: history\ndata: {}\n\nevent: sta';
		expect(splitEvents(text)).to.deep.equal({
			found: [
				{ event: 'status', data: '{"a":1}' },
				{ event: 'history', data: '{}', id: '7' },
			],
			rest: 'event: sta',
		});
	});

	it('has the same events in whatever parts they arrive', () => {
		const text =
			'id: 1\nevent: history\ndata: {"sentence":"web: has: started"}\n\n: ping\n\nevent: explain\ndata: {}\n\n';
		const whole = splitEvents(text).found;
		fc.assert(
			fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
				const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
				let rest = '';
				const found = places.slice(1).flatMap((to, index) => {
					const split = splitEvents(rest + text.slice(places[index], to));
					rest = split.rest;
					return split.found;
				});
				expect(found).to.deep.equal(whole);
			}),
		);
	});

	it('has lines of JSON, without one that was cut by the end of the device', () => {
		expect(splitJsonLines('{"a":1}\n\n{"b"\n{"c":3}\n{"d":')).to.deep.equal({
			found: [{ a: 1 }, { c: 3 }],
			rest: '{"d":',
		});
	});
});
