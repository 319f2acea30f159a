import { expect } from 'chai';
import { ConfigNotes } from '../../../src/device-state/config-notes.ts';
import { linesOf, recordingLog, stubSystemLog } from '../../support/logs.ts';

const BOOT = { kind: 'boot', backend: 'config.txt', message: 'odd' } as const;

describe('notes of a comparison', () => {
	function make() {
		const { log, lines } = recordingLog();
		const systemLog = stubSystemLog();
		const notes = new ConfigNotes({ log, systemLog });
		return { lines, systemLog, notes };
	}

	it('are reported once, until they are gone', () => {
		const { lines, notes } = make();
		for (const pass of [[BOOT], [BOOT], [], [BOOT]]) {
			notes.report(pass);
		}
		expect(lines.map(({ level, message, fields }) => ({ level, message, fields }))).to.deep.equal(
			Array.from({ length: 2 }, () => ({
				level: 'warn',
				message: 'boot configuration is not as expected',
				fields: { backend: 'config.txt', warning: 'odd' },
			})),
		);
	});

	it('are reported beside those that were reported before', () => {
		const { systemLog, notes } = make();
		const first = { kind: 'setting', message: 'first' } as const;
		notes.report([first]);
		notes.report([first, { kind: 'setting', message: 'second' }]);
		expect(linesOf(systemLog)).to.deep.equal(['first', 'second']);
	});

	it('say once that the VPN is unknown, whatever the cause', () => {
		const { lines, notes } = make();
		notes.report([{ kind: 'vpn', message: 'no bus' }]);
		notes.report([{ kind: 'vpn', message: 'no answer' }]);
		expect(lines.map(({ message }) => message)).to.deep.equal(['VPN state unknown, left unchanged']);
	});
});
