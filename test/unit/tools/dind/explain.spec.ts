import { expect } from 'chai';
import { describeExplanation, explanationSchema, findPart } from '../../../../tools/dind/describe-explanation.ts';
import { EventLines } from '../../../../tools/dind/events.ts';
import { describeEvent } from '../../../../tools/dind/history.ts';
import { plain } from '../../../../tools/dind/terminal.ts';

const NONE = { differences: [], because: null, ends_when: null, help: null, parts: [] };
const NOW = Date.parse('2026-01-01T00:03:00Z');
const web = {
	...NONE,
	subject: 'service web of app shop',
	...{ app: 'u1', service: 'web', state: 'waiting', since: '2026-01-01T00:00:00.000Z' },
	sentence: 'web is not changed: updates are locked by service till, through its lock file',
	differences: [
		{ field: 'image', is: 'a', should: 'b' },
		{ field: 'environment.KEY', is: '•••', should: '•••' },
	],
	because: { kind: 'locked_by_user', since: '2026-01-01T00:00:00.000Z', next_try: '2026-01-01T00:03:10.000Z' },
	ends_when: 'the lock file is removed',
	help: 'docs/troubleshooting.md#updates-are-locked',
};
const app = {
	...NONE,
	subject: 'app shop',
	app: 'u1',
	state: 'waiting',
	since: null,
	sentence: 'shop waits',
	parts: [web],
};
const device = { ...NONE, subject: 'device', state: 'waiting', since: null, sentence: 'shop waits', parts: [app] };

describe('dindctl explain, history and events', () => {
	it('shows the subject and its parts, with the difference, the next try, the end and the help', () => {
		const lines = describeExplanation(explanationSchema.parse(app), { now: NOW, paint: plain });
		expect(lines).to.deep.equal([
			'app shop: waiting',
			'  shop waits',
			'  service web of app shop: waiting for 3 min',
			'    web is not changed: updates are locked by service till, through its lock',
			'    file',
			'    differs: image is a, should be b, environment.KEY',
			'    next try in 10 s',
			'    ends when the lock file is removed',
			'    see docs/troubleshooting.md#updates-are-locked',
		]);
	});

	it('finds a part by the name or the uuid of its app, by its service, or by both', () => {
		const root = explanationSchema.parse(device);
		const found = (...names: readonly string[]) => findPart(root, names)?.subject;
		expect([found(), found('shop'), found('u1')]).to.deep.equal(['device', 'app shop', 'app shop']);
		expect([found('web'), found('shop', 'web')]).to.deep.equal([web.subject, web.subject]);
		expect([found('shop', 'db'), found('db')]).to.deep.equal([undefined, undefined]);
	});

	it('prints events of the history with their time, repeats, and a clock that was not set', () => {
		const at = new Date(2026, 0, 2, 3, 4, 5).toISOString();
		expect(describeEvent({ at, kind: 'lock', sentence: 'locked' })).to.equal('2026-01-02 03:04:05  lock     locked');
		expect(describeEvent({ at, kind: 'service', sentence: 'web ended', count: 3, clock: 'unsynchronised' })).to.equal(
			'2026-01-02 03:04:05? service  web ended (3 times)',
		);
	});

	it('puts streamed events together wherever they are cut, and leaves out pings', () => {
		const lines = new EventLines();
		expect(lines.read(': ping\n\nevent: status\nda')).to.deep.equal([]);
		expect(lines.read('ta: {"a":1}\n\nid: 7\nevent: history\ndata: {}\n\n')).to.deep.equal([
			'status   {"a":1}',
			'history  {}',
		]);
	});
});
