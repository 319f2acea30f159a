import { expect } from 'chai';
import { eventLine } from '../../../src/domain/event-line.ts';

describe('events in the process log', () => {
	it('cloud-api #61: are a name and the fields that may be logged', () => {
		expect(eventLine('Supervisor start')).to.equal('Event: Supervisor start {}');
		const properties = { force: true, appId: 7, apiKey: 'secret' };
		expect(eventLine('Reboot', properties)).to.equal('Event: Reboot {"appId":7,"force":true}');
	});
});
