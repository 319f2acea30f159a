import Sinon from 'sinon';
import { DEFAULT_SETTINGS } from '../../../src/config/index.ts';
import { listTags } from '../../../src/device-api/list-tags.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('tags of the device', () => {
	const provisioned = { ...DEFAULT_SETTINGS, apiEndpoint: 'https://api', uuid: 'u', registeredAt: 1, deviceId: 1 };
	const config = { read: () => Promise.resolve(provisioned) };

	it('are said not to be had in time where the cloud does not answer, and are not asked for any longer', async () => {
		const clock = new VirtualClock();
		const list = Sinon.stub<[AbortSignal], Promise<never>>().returns(new Promise(() => undefined));
		const answered = Sinon.stub();
		void listTags({ config, tags: { list }, clock }).then(answered);
		await clock.advance(9000);
		Sinon.assert.notCalled(answered);
		await clock.advance(1000);
		Sinon.assert.calledOnceWithExactly(answered, { message: 'The cloud did not answer in time' });
		Sinon.assert.calledOnceWithMatch(list, { aborted: true });
	});
});
