import { expect } from 'chai';
import { configExecutors } from '../../../../src/device-state/execute/config-executors.ts';
import type { ChangedBackend } from '../../../../src/host/index.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import { rejectionOf } from '../../adapters/sqlite/raw-database.ts';

const CONTEXT = { signal: new AbortController().signal, progress: () => undefined };

describe('writing the configuration of the device', () => {
	function make(failure?: Error) {
		const told: string[] = [];
		const written: unknown[] = [];
		const changed: ChangedBackend[] = [];
		const write = (value: unknown) => {
			written.push(value);
			return failure === undefined ? Promise.resolve() : Promise.reject(failure);
		};
		const executors = configExecutors({
			config: { set: write },
			vpn: { set: write },
			boot: {
				findDifferences: () => Promise.resolve({ changed, warnings: [] }),
				write: ({ name }) => write(name),
				refresh: () => undefined,
			},
			systemLog: { write: (line) => told.push(line) },
		});
		return { executors, told, written, changed };
	}
	const settings = { kind: 'changeSettings', settings: { delta: true }, variables: { SUPERVISOR_DELTA: '1' } } as const;

	it('notifies the user before and after settings are written', async () => {
		const { executors, told, written } = make();
		await executors.changeSettings(settings, CONTEXT);
		expect(written).to.deep.equal([{ delta: true }]);
		expect(told).to.deep.equal([
			'Applying configuration change {"SUPERVISOR_DELTA":"1"}',
			'Applied configuration change {"SUPERVISOR_DELTA":"1"}',
		]);
	});

	it('notifies the user when settings cannot be written', async () => {
		const { executors, told } = make(new Error('no space'));
		await rejectionOf(executors.changeSettings(settings, CONTEXT));
		expect(told[1]).to.equal('Error applying configuration change: Error: no space');
	});

	it('notifies the user before and after the VPN is switched, unless that is quiet', async () => {
		const { executors, told, written } = make();
		await executors.setVpn({ kind: 'setVpn', enabled: true, quiet: true }, CONTEXT);
		expect(told).to.deep.equal([]);
		await executors.setVpn({ kind: 'setVpn', enabled: false, quiet: false }, CONTEXT);
		expect(told).to.deep.equal([
			'Applying configuration change {"SUPERVISOR_VPN_CONTROL":"false"}',
			'Applied configuration change {"SUPERVISOR_VPN_CONTROL":"false"}',
		]);
		expect(written).to.deep.equal([true, false]);
	});

	it('host #17: writes no boot file that takes a reboot unless that was marked', async () => {
		const { executors, changed, written } = make();
		const step = { kind: 'changeBootConfig', variables: {}, backends: ['config.txt'] } as const;
		changed.push({ name: 'power-fan', asked: {}, options: {}, needsReboot: false });
		await executors.changeBootConfig({ ...step, needsReboot: false }, CONTEXT);
		expect(written).to.deep.equal(['power-fan']);
		changed.push({ name: 'config.txt', asked: {}, options: {}, needsReboot: true });
		await executors.changeBootConfig({ ...step, needsReboot: false }, CONTEXT);
		expect(written).to.deep.equal(['power-fan']);
		await executors.changeBootConfig({ ...step, needsReboot: true }, CONTEXT);
		expect(written).to.deep.equal(['power-fan', 'power-fan', 'config.txt']);
	});

	it('notifies the user of a VPN that cannot be switched, also where that is quiet', async () => {
		const { executors, told } = make(new OperationalError('unit-missing', 'Unit openvpn.service not loaded.'));
		await rejectionOf(executors.setVpn({ kind: 'setVpn', enabled: true, quiet: true }, CONTEXT));
		expect(told).to.deep.equal([
			'Error applying configuration change: OperationalError: Unit openvpn.service not loaded.',
		]);
	});
});
