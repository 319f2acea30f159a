import { expect } from 'chai';
import Sinon from 'sinon';
import { configExecutors } from '../../../../src/device-state/execute/config-executors.ts';
import type { ChangedBackend } from '../../../../src/host/index.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import { linesOf, stubSystemLog } from '../../../support/logs.ts';
import { rejectionOf } from '../../adapters/sqlite/raw-database.ts';

const CONTEXT = { signal: new AbortController().signal, progress: () => undefined };

describe('writing the configuration of the device', () => {
	function make(failure?: Error) {
		const systemLog = stubSystemLog();
		const changed: ChangedBackend[] = [];
		const write = Sinon.stub<[unknown], Promise<void>>().resolves();
		if (failure !== undefined) write.rejects(failure);
		const executors = configExecutors({
			config: { set: write },
			vpn: { set: write },
			boot: {
				findDifferences: () => Promise.resolve({ changed, warnings: [] }),
				write: ({ name }) => write(name),
				refresh: () => undefined,
			},
			systemLog,
		});
		return { executors, systemLog, write, changed };
	}
	const settings = { kind: 'changeSettings', settings: { delta: true }, variables: { SUPERVISOR_DELTA: '1' } } as const;

	it('notifies the user before and after settings are written', async () => {
		const { executors, systemLog, write } = make();
		await executors.changeSettings(settings, CONTEXT);
		Sinon.assert.calledOnceWithExactly(write, { delta: true });
		expect(linesOf(systemLog)).to.deep.equal([
			'Applying configuration change {"SUPERVISOR_DELTA":"1"}',
			'Applied configuration change {"SUPERVISOR_DELTA":"1"}',
		]);
	});

	it('notifies the user when settings cannot be written', async () => {
		const { executors, systemLog } = make(new Error('no space'));
		await rejectionOf(executors.changeSettings(settings, CONTEXT));
		Sinon.assert.calledWithExactly(systemLog.write.secondCall, 'Error applying configuration change: Error: no space', {
			error: true,
		});
	});

	it('notifies the user before and after the VPN is switched, unless that is quiet', async () => {
		const { executors, systemLog, write } = make();
		await executors.setVpn({ kind: 'setVpn', enabled: true, quiet: true }, CONTEXT);
		Sinon.assert.notCalled(systemLog.write);
		await executors.setVpn({ kind: 'setVpn', enabled: false, quiet: false }, CONTEXT);
		expect(linesOf(systemLog)).to.deep.equal([
			'Applying configuration change {"SUPERVISOR_VPN_CONTROL":"false"}',
			'Applied configuration change {"SUPERVISOR_VPN_CONTROL":"false"}',
		]);
		expect(write.args.flat()).to.deep.equal([true, false]);
	});

	it('host #17: writes no boot file that takes a reboot unless that was marked', async () => {
		const { executors, changed, write } = make();
		const step = { kind: 'changeBootConfig', variables: {}, backends: ['config.txt'] } as const;
		changed.push({ name: 'power-fan', asked: {}, options: {}, needsReboot: false });
		await executors.changeBootConfig({ ...step, needsReboot: false }, CONTEXT);
		expect(write.args.flat()).to.deep.equal(['power-fan']);
		changed.push({ name: 'config.txt', asked: {}, options: {}, needsReboot: true });
		await executors.changeBootConfig({ ...step, needsReboot: false }, CONTEXT);
		expect(write.args.flat()).to.deep.equal(['power-fan']);
		await executors.changeBootConfig({ ...step, needsReboot: true }, CONTEXT);
		expect(write.args.flat()).to.deep.equal(['power-fan', 'power-fan', 'config.txt']);
	});

	it('notifies the user of a VPN that cannot be switched, also where that is quiet', async () => {
		const { executors, systemLog } = make(new OperationalError('unit-missing', 'Unit openvpn.service not loaded.'));
		await rejectionOf(executors.setVpn({ kind: 'setVpn', enabled: true, quiet: true }, CONTEXT));
		Sinon.assert.calledOnceWithExactly(
			systemLog.write,
			'Error applying configuration change: OperationalError: Unit openvpn.service not loaded.',
			{ error: true },
		);
	});
});
