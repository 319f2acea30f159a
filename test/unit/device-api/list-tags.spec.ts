import { expect } from 'chai';
import { DEFAULT_SETTINGS } from '../../../src/config/index.ts';
import { listTags } from '../../../src/device-api/list-tags.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('tags of the device', () => {
	const provisioned = { ...DEFAULT_SETTINGS, apiEndpoint: 'https://api', uuid: 'u', registeredAt: 1, deviceId: 1 };
	const config = { read: () => Promise.resolve(provisioned) };

	it('are said not to be had in time where the cloud does not answer, and are not asked for any longer', async () => {
		const clock = new VirtualClock();
		let signal: AbortSignal | undefined;
		const tags = {
			list: (given: AbortSignal) => {
				signal = given;
				return new Promise<never>(() => undefined);
			},
		};
		let answer: unknown;
		void listTags({ config, tags, clock }).then((value) => (answer = value));
		await clock.advance(9000);
		expect(answer).to.equal(undefined);
		await clock.advance(1000);
		expect(answer).to.deep.equal({ message: 'The cloud did not answer in time' });
		expect(signal?.aborted).to.equal(true);
	});
});
