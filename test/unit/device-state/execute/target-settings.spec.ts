import { DeviceContext, TargetSettings } from '../../../../src/device-state/index.ts';
import { expect } from 'chai';
import type { Config } from '../../../../src/config/index.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';

describe('settings of the target', () => {
	/** A store that fails as often as told, and then says that everything is at its default. */
	function store(failures: number) {
		let left = failures;
		const calls = { get: 0, set: [] as object[] };
		const config = {
			getMany: () => {
				calls.get += 1;
				left -= 1;
				return left >= 0
					? Promise.reject(new OperationalError('test', 'busy'))
					: Promise.resolve({ unmanaged: false, delta: false });
			},
			set: (values: object) => {
				calls.set.push(values);
				return failures > 0 ? Promise.reject(new Error('no space')) : Promise.resolve();
			},
		} as unknown as Config; // the two methods that are used
		return { config, calls };
	}
	const lines: string[] = [];
	const systemLog = { write: (line: string) => lines.push(line) };

	beforeEach(() => {
		lines.length = 0;
	});

	it('are read once until something may have changed', async () => {
		const { config, calls } = store(0);
		const settings = new TargetSettings({ config, systemLog });
		const { settings: changed } = await settings.changes({ SUPERVISOR_DELTA: '1' });
		expect(changed?.values).to.include({ delta: true });
		expect(changed?.variables).to.include({ SUPERVISOR_DELTA: '1' });
		await settings.changes({ SUPERVISOR_DELTA: '0' });
		expect(calls.get).to.equal(1);
		settings.refresh();
		await settings.changes({});
		expect(calls.get).to.equal(2);
	});

	it('are read again after a failure', async () => {
		const { config } = store(1);
		const settings = new TargetSettings({ config, systemLog });
		let failure: unknown;
		await settings.changes({}).catch((error: unknown) => (failure = error));
		expect(failure).to.be.instanceOf(OperationalError);
		expect((await settings.changes({ SUPERVISOR_DELTA: '1' })).settings?.values).to.include({ delta: true });
	});

	it('that take a reboot are told with what they shall be', async () => {
		const settings = new TargetSettings({ config: store(0).config, systemLog });
		const { settings: changed } = await settings.changes({ SUPERVISOR_PERSISTENT_LOGGING: '1', SUPERVISOR_DELTA: '1' });
		expect(changed?.afterReboot).to.deep.equal({ persistentLogging: 'true' });
	});

	it('warn once of a value that means nothing', async () => {
		const settings = new TargetSettings({ config: store(0).config, systemLog });
		await settings.changes({ SUPERVISOR_DELTA_VERSION: 'x' });
		await settings.changes({ SUPERVISOR_DELTA_VERSION: 'x' });
		expect(lines.filter((line) => line.startsWith('Warning: Ignoring invalid'))).to.have.length(1);
	});

	it('tell the user before and after they are applied, and when that fails', async () => {
		const step = { kind: 'changeSettings', settings: { delta: true }, variables: { SUPERVISOR_DELTA: '1' } } as const;
		const { config, calls } = store(0);
		await new TargetSettings({ config, systemLog }).apply(step);
		expect(calls.set).to.deep.equal([{ delta: true }]);
		expect(lines).to.deep.equal([
			'Applying configuration change {"SUPERVISOR_DELTA":"1"}',
			'Applied configuration change {"SUPERVISOR_DELTA":"1"}',
		]);
		lines.length = 0;
		await new TargetSettings({ config: store(1).config, systemLog }).apply(step).catch(() => undefined);
		expect(lines[1]).to.equal('Error applying configuration change: Error: no space');
	});

	it('leave the context of services the same object until told otherwise', async () => {
		const context = new DeviceContext({
			config: store(0).config,
			host: () => Promise.resolve({ hostname: 'h', hasKernelModules: true, hasFirmware: false }),
			dockerSocketPath: '/s',
			supervisorHost: '10.114.104.1',
		});
		const first = await context.read();
		expect(first).to.include({ hostname: 'h', dockerSocket: '/s', hasFirmware: false });
		expect(await context.read()).to.equal(first);
		context.invalidate();
		expect(await context.read()).not.to.equal(first);
	});
});
