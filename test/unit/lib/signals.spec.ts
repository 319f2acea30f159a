import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { linkSignal } from '../../../src/lib/link-signal.ts';
import { WakeSignal } from '../../../src/lib/wake-signal.ts';

describe('linked signal', () => {
	it('aborts with any of its parents, with their reason', () => {
		const [one, two] = [new AbortController(), new AbortController()];
		const link = linkSignal(one.signal, two.signal);
		const reason = new Error('enough');
		two.abort(reason);
		expect(link.signal.aborted).to.equal(true);
		expect(link.signal.reason).to.equal(reason);
	});

	it('is aborted from the start if a parent is', () => {
		expect(linkSignal(AbortSignal.abort()).signal.aborted).to.equal(true);
	});

	it('leaves no listener on a parent that lives on', () => {
		const parent = new AbortController();
		for (let n = 0; n < 100; n++) {
			linkSignal(parent.signal).unlink();
		}
		expect(getEventListeners(parent.signal, 'abort')).to.have.length(0);
	});
});

describe('wake signal', () => {
	it('wakes once for many reasons, and hands them all over', async () => {
		const wake = new WakeSignal<'a' | 'b'>();
		const waiting = wake.wait(new AbortController().signal);
		wake.wake('a');
		wake.wake('b');
		wake.wake('a');
		await waiting;
		expect(wake.take()).to.deep.equal(['a', 'b']);
		expect(wake.take()).to.deep.equal([]);
	});

	it('does not sleep when it was woken before', async () => {
		const wake = new WakeSignal<'a'>();
		wake.wake('a');
		await wake.wait(new AbortController().signal);
		expect(wake.take()).to.deep.equal(['a']);
	});

	it('stops waiting when aborted, and leaves no listener', async () => {
		const wake = new WakeSignal<'a'>();
		const abort = new AbortController();
		const waiting = wake.wait(abort.signal);
		abort.abort();
		await waiting;
		expect(getEventListeners(abort.signal, 'abort')).to.have.length(0);
		expect(wake.take()).to.deep.equal([]);
	});
});
