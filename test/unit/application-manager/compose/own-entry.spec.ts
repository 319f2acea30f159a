import { expect } from 'chai';
import { isAppliedService } from '../../../../src/application-manager/compose/service-filter.ts';
import { decodeTarget } from '../../../../src/device-state/index.ts';
import { readRecording } from '../../tools/cloud/recordings.ts';

const RECORDED_APP = 'cccccccccccc4ccc8cccccccccccccc1';
/** The stand-in of the recording had made one up. */
const REAL_APP = '52e35121417640b1b28a680504e4039b';

describe('the entry of the supervisor itself', () => {
	it('cloud-observed 10: may hold the variables of the device, and stays unchanged', () => {
		const { body } = readRecording('target-state-two-services-device-vars').response;
		const target: unknown = JSON.parse(JSON.stringify(body).replace(RECORDED_APP, REAL_APP));
		const decoded = decodeTarget(target, '0000000000014de08000000000000001');
		const app = decoded.ok ? decoded.value.apps.find(({ appUuid }) => appUuid === REAL_APP) : undefined;
		const [own, ...others] = Object.entries(app?.release?.services ?? {});
		expect(others).to.deep.equal([]);
		expect(own?.[1].environment).not.to.deep.equal({});
		expect(app && own && isAppliedService(app, ...own)).to.equal(false);
		// Whatever it is called, it is by its app that it is known.
		expect(app && own && isAppliedService({ ...app, appUuid: RECORDED_APP }, ...own)).to.equal(true);
	});
});
