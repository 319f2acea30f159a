import { expect } from 'chai';
import { RELEASE_MARK, findReasons } from '../../../../tools/dind/find-reasons.ts';

const APP = 'bd3d8588cf4b48fd8848078429666034';
const STORED = '[info]    target stored component=cloud apps=1 etag="W/\\"479\\""';
const REFUSED =
	'[error]   target refused, the stored one stays in force component=cloud because=schema ' +
	`issues="apps.${APP}.releases.83b1f8e8.services.a.environment.A.B: expected a name, got \\"A.B\\"\\nand 3 more problems"`;
const REJECTED = [
	`[warn]    Could not move to new release: no network "nope" (apps.${APP}.services.a.networks[0]) component=system`,
	`[warn]    skipped component=reconciler path=apps.${APP}.services.a.networks[0] problem="no network \\"nope\\""`,
];
const failed = (subject: string, failures = 1) =>
	`[warn]    step failed component=steps step=createContainer subject=${subject} error="cannot create: \\"[::1]\\"" failures=${failures} retryInMs=1077`;
const DONE = '[info]    step done component=steps step=createContainer subject=1/a reason="not there" durationMs=20';

describe('why a device is not on target, as its log shows', () => {
	it('is nothing where nothing is wrong', () => {
		expect(findReasons([])).to.deep.equal([]);
		expect(findReasons([RELEASE_MARK, STORED, DONE, 'dindctl: the supervisor ended with status 1'])).to.deep.equal([]);
	});

	it('is a target that the device refuses, with every issue on one line', () => {
		expect(findReasons([RELEASE_MARK, REFUSED])).to.deep.equal([
			{
				kind: 'refused',
				text: 'The device refuses its target: services.a.environment.A.B: expected a name, got "A.B"; and 3 more problems',
			},
		]);
	});

	it('is a target that is refused until another one is stored', () => {
		expect(findReasons([REFUSED, STORED])).to.deep.equal([]);
	});

	it('is the problem of an app that is skipped, once', () => {
		expect(findReasons([RELEASE_MARK, STORED, ...REJECTED])).to.deep.equal([
			{ kind: 'problem', text: 'no network "nope" (services.a.networks[0])' },
		]);
	});

	it('is the same where lines have a time', () => {
		const at = (line: string) => `2026-02-03T04:05:06.789Z ${line}`;
		const log = [RELEASE_MARK, STORED, ...REJECTED, failed('1/a')];
		expect(findReasons(log.map((line) => (line === RELEASE_MARK ? line : at(line))))).to.deep.equal(findReasons(log));
	});

	it('is what is ignored', () => {
		const line = `[warn]    ignored in the target component=target path=apps.${APP}.services.a notice="Ignoring fields: x"`;
		expect(findReasons([STORED, line])).to.deep.equal([{ kind: 'ignored', text: 'Ignoring fields: x (services.a)' }]);
	});

	it('is a step that fails, until it is done', () => {
		const text = 'a: createContainer failed: cannot create: "[::1]"';
		expect(findReasons([STORED, failed('1/a'), failed('1/a', 2)])).to.deep.equal([{ kind: 'failing', text }]);
		expect(findReasons([STORED, failed('1/a'), failed('1/b'), DONE])).to.deep.equal([
			{ kind: 'failing', text: text.replace(/^a/, 'b') },
		]);
		expect(findReasons([STORED, failed('reg:5000/v2/a')])[0]?.text).to.match(/^reg:5000\/v2\/a: /);
	});

	it('is nothing of the release before', () => {
		expect(findReasons([RELEASE_MARK, STORED, ...REJECTED, RELEASE_MARK, failed('1/a')])).to.deep.equal([]);
	});

	it('is a lock that a service holds, which is no failure', () => {
		const locked = failed('1').replace('createContainer', 'takeLock');
		expect(findReasons([locked]).map(({ kind }) => kind)).to.deep.equal(['locked']);
	});
});
