import { expect } from 'chai';
import { startLogs } from './log-scene.ts';

const SUPPRESSED = /^Warning: Suppressed (\d+) message\(s\) due to high load$/;

describe('the log stream to a cloud that does not know the device', () => {
	for (const status of [401, 404, 415]) {
		it(`cloud-observed: sends all again that it sent to a cloud which answers ${status} after 55 s`, async () => {
			const { clock, uplink, hub, history } = await startLogs();
			hub.write('one');
			await clock.advance(30_000);
			history.add('two');
			await clock.advance(25_000);
			uplink.last.answer(status);
			hub.write('three');
			await clock.advance(30_000);
			expect(uplink.connections).to.have.length(2);
			expect(uplink.last.arrived.map(({ message }) => message)).to.deep.equal(['one', 'two', 'three']);
		});
	}

	it('reports how many lines such a cloud has lost that did not fit into memory', async () => {
		const { clock, uplink, hub } = await startLogs();
		const written = 20_000;
		for (let index = 0; index < written; index++) {
			hub.write(`${index} `.padEnd(100, '-'));
			if (index % 500 === 0) await clock.advance(1000);
		}
		await clock.advance(10_000);
		uplink.last.answer(401);
		await clock.advance(30_000);
		const again = uplink.last.arrived;
		const suppressed = again.flatMap(({ message }) => SUPPRESSED.exec(message)?.[1] ?? []).map(Number);
		expect(again.length - suppressed.length + suppressed.reduce((sum, count) => sum + count, 0)).to.equal(written);
		expect(again.length).to.be.within(1000, 3000);
	});

	it('sends nothing again of a connection that the cloud has taken for a minute', async () => {
		const { clock, uplink, hub } = await startLogs();
		hub.write('one');
		await clock.advance(30_000);
		hub.write('two');
		await clock.advance(40_000);
		hub.write('three');
		await clock.advance(5000);
		uplink.last.answer(401);
		hub.write('four');
		await clock.advance(30_000);
		expect(uplink.messages).to.deep.equal(['one', 'two', 'three', 'four']);
	});

	it('ends the connection in order when the device gets another name or key', async () => {
		let uuid = 'old';
		const target = () => Promise.resolve({ url: `https://cloud.test/${uuid}`, deviceApiKey: `key of ${uuid}` });
		const { clock, uplink, hub } = await startLogs({ target });
		hub.write('one');
		await clock.advance(10_000);
		uuid = 'new';
		hub.reconnect();
		await clock.advance(100);
		expect(uplink.last.endedAt).to.be.within(10_000, 10_100);
		hub.write('two');
		await clock.advance(20_000);
		expect(
			uplink.connections.map((one) => [one.target.deviceApiKey, one.arrived.map(({ message }) => message)]),
		).to.deep.equal([
			['key of old', ['one']],
			['key of new', ['two']],
		]);
	});
});
