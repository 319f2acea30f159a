import { expect } from 'chai';
import { describeEnd, findCause } from '../../../src/domain/failure-cause.ts';
import texts from '../../fixtures/engine/error-texts.json' with { type: 'json' };

describe('causes of failures', () => {
	const facts = { holderOf: (port: string) => (port === '8081' ? 'service api' : undefined) };

	for (const { by, text, kind, sentence } of texts) {
		it(`${kind ?? 'unknown'}: "${text.slice(-60)}" (${by})`, () => {
			const cause = findCause(text, facts);
			expect({ kind: cause?.kind ?? null, sentence: cause?.sentence ?? null }).to.deep.equal({ kind, sentence });
		});
	}

	it('are one sentence without a subject, short enough to stand behind the name of a service', () => {
		for (const { sentence } of texts)
			expect(sentence ?? '')
				.to.match(/^$|^[^.\n]*[^\n]{1,118}[^.\n]$/)
				.and.have.length.below(120);
	});

	it('are found in the last line of a service only if it cannot be about something of its own', () => {
		expect(describeEnd(1, 'exec /x: exec format error')).to.match(
			/^exit code 1: its command is for another architecture/,
		);
		expect(describeEnd(1, 'GET https://x/: 401 Unauthorized')).to.equal('exit code 1');
		expect(describeEnd(1, 'bind: Address already in use')).to.equal('exit code 1');
		expect(describeEnd(127, 'sh: nonesuch: not found')).to.equal('exit code 127: a command is missing in the image');
		expect(describeEnd(7)).to.equal('exit code 7');
	});
});
