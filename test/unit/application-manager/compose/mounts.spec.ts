import { expect } from 'chai';
import { composeApp } from '../../../../src/application-manager/compose/index.ts';
import { vectorContext } from '../../../vectors/vector-app.ts';
import { composeOne, noticesOf, specOf } from './compose-one.ts';

const RELATIVE = 'binds a relative path, and the project is not on the device: use a named volume';
const VARIABLE = 'has a variable, which is not replaced on the device: use a named volume';
const NAME = 'names a volume that the engine cannot have: use letters, digits, "_", "." and "-"';
const TARGET = 'has no absolute path below "/" in the container';

function refusal(...volumes: readonly unknown[]) {
	const composed = composeOne({ composition: { volumes } });
	return composed.ok ? undefined : composed.issues[0];
}

describe('compose: a mount that the engine cannot have', () => {
	for (const [volume, problem] of [
		['./c:/c', RELATIVE],
		['../c:/c:ro', RELATIVE],
		[' ./c : /c', RELATIVE],
		['.:/app', RELATIVE],
		['..:/app', RELATIVE],
		['~/c:/c', RELATIVE],
		['~:/c', RELATIVE],
		['${VAR}/c:/c', VARIABLE],
		['${VAR:-./c}:/c', VARIABLE],
		['$VAR:/c', VARIABLE],
		['a b:/c', NAME],
		['a/b:/c', NAME],
		['ä:/c', NAME],
		[`${'x'.repeat(254)}:/c`, NAME],
		['c:c', TARGET],
		['c:', TARGET],
		['c:/', TARGET],
		['c:${TARGET}', TARGET],
		[String.raw`C:\c:/c`, TARGET],
		[{ type: 'bind', source: './c', target: '/c' }, RELATIVE],
		[{ type: 'bind', source: 'c', target: '/c' }, RELATIVE],
		[{ type: 'bind', source: '${VAR}', target: '/c' }, VARIABLE],
		[{ type: 'volume', source: './c', target: '/c' }, RELATIVE],
		[{ type: 'volume', source: 'a b', target: '/c' }, NAME],
		[{ type: 'volume', source: 'c', target: 'c' }, TARGET],
		[{ type: 'volume', target: 'c' }, TARGET],
		[{ type: 'tmpfs', target: 'c' }, TARGET],
	] as const) {
		const text = JSON.stringify(volume);

		it(`refuses the release, in the words of who wrote it: ${text.slice(0, 60)}`, () => {
			const issue = refusal('/fine', volume);
			expect(issue?.path).to.equal('apps.abc1.services.s.volumes[1]');
			expect(issue?.message).to.match(text.length > 80 ? /^"x+… / : /./);
			expect(issue?.message.endsWith(` ${problem}`), issue?.message).to.be.true;
			expect(text.length > 80 || issue?.message === `${text} ${problem}`, issue?.message).to.be.true;
		});
	}
	it('refuses nothing that version 19 ran', () => {
		const volumes = [
			'.data:/a',
			'v1 : /b',
			'_:/c:ro',
			':/d',
			'relative',
			{ type: 'volume', source: ' w ', target: '/e' },
			{ type: 'volume', target: '/f' },
			{ type: 'tmpfs', target: '/g' },
		];
		expect(refusal(...volumes)).to.equal(undefined);
		expect(specOf({ composition: { volumes } }).config.volumes.slice(0, 5)).to.deep.equal([
			'1_.data:/a',
			'1_v1:/b',
			'1__:/c:ro',
			'1_:/d',
			'relative',
		]);
	});
	it('ignores absolute binds and what is no mount at all, as version 19 did, with a notice', () => {
		const volumes = [
			'/etc:/etc',
			'/${VAR}:/x',
			{ type: 'bind', source: '/etc', target: '/etc' },
			{ type: 'bind', target: '/etc' },
			{ type: 'tmpfs', source: 'x', target: '/x' },
			{ type: 'volume', source: '/x', target: '/x' },
			5,
		];
		expect(refusal(...volumes)).to.equal(undefined);
		expect(noticesOf({ composition: { volumes } })).to.have.length(volumes.length);
		expect(specOf({ composition: { volumes } }).config.volumes).to.have.length(2);
	});
});

describe('compose: a network or volume whose name the engine cannot have', () => {
	for (const name of ['a b', 'a/b', 'ä', '']) {
		for (const kind of ['networks', 'volumes'] as const) {
			it(`refuses the release: ${kind} ${JSON.stringify(name)}`, () => {
				const release = { releaseId: 7, commit: 'c', services: {}, networks: {}, volumes: {}, [kind]: { [name]: {} } };
				const app = {
					appId: 1,
					appUuid: 'abc1',
					appName: 'fleet',
					class: 'fleet',
					isHost: false,
					rejected: false,
				} as const;
				const { composed } = composeApp({ ...app, release }, vectorContext, new Map());
				expect(composed.state === 'rejected' && composed.issues).to.deep.equal([
					{ path: `apps.abc1.${kind}.${name}`, message: 'expected a name of letters, digits, "_", "." and "-"' },
				]);
			});
		}
	}
});
