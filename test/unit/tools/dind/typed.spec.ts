import { expect } from 'chai';
import { asTyped, readTyped } from '../../../../tools/dind/typed.ts';

describe('a hint of dindctl', () => {
	it('repeats how it was called, and for which device', () => {
		const typed = readTyped({ DINDCTL_TYPED: './dindctl' }, { name: 'two' });
		expect(asTyped('Start one with dindctl run.', typed)).to.equal('Start one with ./dindctl run --name two.');
		expect(asTyped('dindctl docker ps', typed)).to.equal('./dindctl docker --name two ps');
		expect(asTyped('See dindctl --help, or dindctl build.', typed)).to.equal(
			'See ./dindctl --help, or ./dindctl build.',
		);
	});

	it('leaves other text alone', () => {
		const typed = readTyped({ DINDCTL_TYPED: './dindctl' }, {});
		for (const text of ['dindctl: No device', 'the folder dindctl-two', 'dindctl is a tool', '/x/dindctl/run']) {
			expect(asTyped(text, typed)).to.equal(text);
		}
	});

	it('quotes what a shell would read otherwise, and has a name without its start script', () => {
		expect(readTyped({}, { directory: "it's here" })).to.deep.equal({
			...{ command: 'dindctl', place: " --directory 'it'\\''s here'" },
		});
	});
});
