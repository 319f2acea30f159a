import { expect } from 'chai';
import type { LocalLogLine } from '../../../src/domain/log-message.ts';
import { startLogs, type LogScene } from './log-scene.ts';

/** What a local client has heard so far. */
function listen({ hub }: LogScene) {
	const end = new AbortController();
	const heard: LocalLogLine[] = [];
	const running = (async () => {
		for await (const line of hub.listen(end.signal)) heard.push(line);
	})();
	return { heard, end: () => (end.abort(), running) };
}

describe('who hears what is said to the user', () => {
	it('no audience, when logging is switched off; and what was kept until then is gone', async () => {
		const scene = await startLogs();
		const { clock, hub, uplink, history } = scene;
		hub.write('before');
		history.add('a');
		await clock.advance(1000);
		hub.setAudience('none');
		hub.write('while off');
		history.add('b');
		await clock.advance(100_000);
		expect(uplink.arrived).to.deep.equal([]);
		expect(clock.sleepers).to.equal(0);
		hub.setAudience('cloud');
		hub.write('after');
		await clock.advance(10_000);
		expect(uplink.messages).to.include('after').and.not.include.members(['before', 'while off']);
		expect(history.starts.at(-1)).to.deep.equal({
			position: undefined,
			since: new Date(Date.UTC(2026, 0, 1) + 101_000),
		});
	});

	it('cloud-api #53: nothing more goes up on an open connection', async () => {
		const { clock, hub, uplink } = await startLogs();
		hub.write('one');
		await clock.advance(6000);
		hub.write('two');
		hub.setAudience('none');
		await clock.advance(1000);
		expect(uplink.messages).to.deep.equal(['one']);
		expect(uplink.last.isOver).to.equal(true);
	});

	it('local clients, in local mode, from when they come; the cloud, afterwards', async () => {
		const scene = await startLogs({ audience: 'local' });
		const { clock, hub, uplink, history } = scene;
		hub.write('before');
		expect(history.starts).to.deep.equal([]); // no audience: no source is read
		const client = listen(scene);
		const other = listen(scene);
		await clock.advance(10);
		hub.write('a failure', { error: true });
		history.add('line');
		await clock.advance(10);
		const timestamp = Date.UTC(2026, 0, 1);
		expect(client.heard).to.deep.equal([
			{ message: 'Streaming logs', isSystem: true },
			{ message: 'a failure', isSystem: true, timestamp: timestamp + 10, isStdErr: true },
			{ serviceName: 'web', message: 'line', isStdErr: false, timestamp, serviceId: 7 },
		]);
		expect(other.heard).to.deep.equal(client.heard);
		await client.end();
		await other.end();
		expect(uplink.attempts).to.deep.equal([]);
		hub.setAudience('cloud');
		hub.write('for the cloud');
		await clock.advance(10_000);
		expect(uplink.messages).to.include('for the cloud').and.not.include('a failure');
	});

	it('the cloud, nothing that was read for local clients', async () => {
		const scene = await startLogs({ audience: 'local' });
		const client = listen(scene);
		await scene.clock.advance(10);
		scene.hub.setAudience('cloud');
		scene.history.add('line'); // read for the client, who is not to have it any more, and then for the cloud
		await scene.clock.advance(10_000);
		expect(scene.uplink.messages).to.deep.equal(['line']);
		expect(client.heard).to.have.length(1);
		await client.end();
	});

	it('not a local client outside of local mode, who is greeted all the same', async () => {
		const scene = await startLogs();
		const client = listen(scene);
		scene.hub.write('for the cloud');
		await scene.clock.advance(10);
		expect(client.heard).to.deep.equal([{ message: 'Streaming logs', isSystem: true }]);
		await client.end();
	});

	it('a slow client as much as it takes, and how much it missed', async () => {
		const { clock, hub } = await startLogs({ audience: 'local' });
		const lines = hub.listen(new AbortController().signal);
		await lines.next(); // the greeting; then it dawdles
		for (let index = 0; index < 1500; index++) hub.write(String(index));
		await clock.advance(10);
		const heard: LocalLogLine[] = [];
		while (!heard.at(-1)?.message.startsWith('Warning')) heard.push((await lines.next()).value as LocalLogLine);
		expect(heard).to.have.length(1001);
		expect(heard.at(-1)?.message).to.equal('Warning: Suppressed 500 message(s) due to high load');
		await lines.return(undefined);
	});
});
