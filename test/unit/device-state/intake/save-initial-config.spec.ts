import { expect } from 'chai';
import Sinon from 'sinon';
import { DEFAULT_SETTINGS } from '../../../../src/config/index.ts';
import { saveInitialConfig } from '../../../../src/device-state/index.ts';
import type { CurrentBoot } from '../../../../src/domain/device-config.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import { recordingLog } from '../../../support/logs.ts';

const FILE: CurrentBoot['backends'][number] = {
	name: 'config.txt',
	state: 'read',
	content: '[pi4]\na=1\n[all]\nb=2\n',
};

describe('the configuration that a new device begins with', () => {
	async function save(boot: Partial<CurrentBoot> = {}, saved = false) {
		const { log, lines } = recordingLog();
		const saveInitialVariables = Sinon.stub().resolves();
		const device = { deviceType: 'raspberrypi4-64', backends: [FILE], ...boot };
		await saveInitialConfig({
			config: { read: () => Promise.resolve({ ...DEFAULT_SETTINGS, initialConfigSaved: saved, delta: true }) },
			boot: { observe: () => Promise.resolve(device) },
			targets: { saveInitialVariables },
			log,
		});
		return { saved: saveInitialVariables, lines };
	}

	it('config #31: is its settings and what its boot files have in force', async () => {
		const { saved } = await save();
		Sinon.assert.calledOnce(saved);
		expect(saved.firstCall.args[0]).to.include({ SUPERVISOR_DELTA: 'true', HOST_CONFIG_a: '1', HOST_CONFIG_b: '2' });
	});

	it('is saved once', async () => {
		Sinon.assert.notCalled((await save({}, true)).saved);
	});

	it('waits until all of it can be read', async () => {
		const unreadable = { name: 'config.txt', state: 'unreadable', error: 'EIO' } as const;
		for (const boot of [{ backends: [unreadable] }, { deviceType: '' }]) {
			const { saved, lines } = await save(boot);
			Sinon.assert.notCalled(saved);
			expect(lines.map(({ level }) => level)).to.deep.equal(['warn']);
		}
	});

	it('does not keep the device from starting where it cannot be saved', async () => {
		const { log, lines } = recordingLog();
		await saveInitialConfig({
			config: { read: () => Promise.resolve(DEFAULT_SETTINGS) },
			boot: { observe: () => Promise.resolve({ deviceType: 'pc', backends: [] }) },
			targets: { saveInitialVariables: () => Promise.reject(new OperationalError('database-full', 'no space left')) },
			log,
		});
		expect(lines.map(({ level, fields }) => [level, fields['error']])).to.deep.equal([['warn', 'no space left']]);
	});
});
