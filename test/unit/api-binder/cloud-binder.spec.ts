import { expect } from 'chai';
import { CloudBinder } from '../../../src/api-binder/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('api-binder: CloudBinder', () => {
	const clock = new VirtualClock();

	function binderOf(outcome: 'provisioned' | 'unmanaged', loop?: () => Promise<void>) {
		const events: string[] = [];
		const stop = new AbortController();
		const lasting = (name: string) => ({
			async run(signal: AbortSignal) {
				events.push(`${name} begins`);
				await clock.sleep(1e9, signal);
				events.push(`${name} ends`);
			},
		});
		const provisioner = {
			async run(signal: AbortSignal) {
				events.push('provisioning');
				await clock.sleep(1000, signal);
				return signal.aborted ? ('aborted' as const) : outcome;
			},
		};
		const loops = [lasting('poll'), ...(loop === undefined ? [lasting('report')] : [{ run: loop }])];
		return { events, stop, done: new CloudBinder({ provisioner, loops }).run(stop.signal) };
	}

	it('cloud-api #4: neither polls nor reports before the device is provisioned', async () => {
		const { events, stop, done } = binderOf('provisioned');
		await clock.advance(999);
		expect(events).to.deep.equal(['provisioning']);
		await clock.advance(1);
		expect(events).to.deep.equal(['provisioning', 'poll begins', 'report begins']);
		stop.abort();
		await done;
		expect(events.slice(3)).to.deep.equal(['poll ends', 'report ends']);
	});

	it('does nothing without a cloud, until it is stopped', async () => {
		const { events, stop, done } = binderOf('unmanaged');
		await clock.advance(1000);
		stop.abort();
		await done;
		expect(events).to.deep.equal(['provisioning']);
	});

	it('ends with a loop that has a bug, and stops the others', async () => {
		const { events, done } = binderOf('provisioned', () => Promise.reject(new Error('bug')));
		const failure = done.catch((error: unknown) => error);
		await clock.advance(1000);
		expect(await failure)
			.to.be.an('error')
			.with.property('message', 'bug');
		await clock.advance(0);
		expect(events.at(-1)).to.equal('poll ends');
	});
});
