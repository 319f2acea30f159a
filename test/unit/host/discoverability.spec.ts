import { expect } from 'chai';
import { Discoverability } from '../../../src/host/index.ts';
import { recordingLog } from '../../support/logs.ts';
import { MemoryUnits } from '../../support/memory-boot.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('discoverability', () => {
	const clock = new VirtualClock();

	it('host #27: follows the setting from the start, service before socket, and survives a bus that is away', async () => {
		const units = new MemoryUnits();
		for (const unit of ['avahi-daemon.service', 'avahi-daemon.socket']) units.states.set(unit, 'active');
		const { log, lines } = recordingLog();
		let isWanted = false;
		const end = new AbortController();
		const part = new Discoverability({ units, isWanted: () => Promise.resolve(isWanted), log });
		const run = part.run(end.signal);
		await clock.advance(0);
		expect(units.calls).to.deep.equal(['stop avahi-daemon.service', 'stop avahi-daemon.socket']);
		isWanted = true;
		part.changed();
		await clock.advance(0);
		expect(units.calls.slice(2)).to.deep.equal(['start avahi-daemon.service', 'start avahi-daemon.socket']);
		units.isAway = true;
		part.changed();
		await clock.advance(0);
		expect(lines.filter(({ level }) => level === 'warn')).to.have.length(2);
		[units.isAway, isWanted] = [false, false];
		units.states.delete('avahi-daemon.service');
		part.changed();
		await clock.advance(0);
		expect(units.calls.slice(-2)).to.deep.equal(['stop avahi-daemon.service', 'stop avahi-daemon.socket']);
		expect(units.states.get('avahi-daemon.socket')).to.equal('inactive');
		end.abort();
		await run;
	});
});
