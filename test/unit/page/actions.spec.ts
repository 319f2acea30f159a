import { expect } from 'chai';
import { type Action, appActions, deviceActions, serviceActions } from '../../../src/page/actions.ts';
import type { Device, Service } from '../../../src/page/answers.ts';

const UP: Service = {
	...{ status: 'Running', started: '2026-01-01T00:00:00.000Z', health: null, exit_code: null, restart_count: 0 },
	...{ container: { id: 'c1', name: 'web_1' }, config: {} },
};
const possible = (actions: readonly Action[]) => actions.filter(({ isOff }) => isOff !== true);
const verbs = (service: Service) => possible(serviceActions(7, 'web', service)).map(({ path }) => path);

describe('what the page can ask of the device', () => {
	it('is to restart or stop a service that runs, and to start one that has ended', () => {
		expect(verbs(UP)).to.deep.equal(['/v2/applications/7/restart-service', '/v2/applications/7/stop-service']);
		expect(verbs({ ...UP, exit_code: 1 })).to.deep.equal(['/v2/applications/7/start-service']);
		expect(verbs({ ...UP, container: null, started: null })).to.deep.equal([]);
		expect(serviceActions(7, 'web', UP)[0]?.body).to.deep.equal({ serviceName: 'web' });
	});

	it('asks back wherever something stops or is lost', () => {
		const app = { id: 7, name: 'shop', is_host: false, status: 'done', releases: {} };
		const all = [...serviceActions(7, 'web', UP), ...appActions(app), ...deviceActions(device(true, 'https://cloud'))];
		expect(all.filter(({ question }) => question === undefined).map(({ label }) => label)).to.deep.equal(['Start web']);
		expect(appActions(app).find(({ label }) => label.startsWith('Purge'))?.question).to.include('removed for good');
	});

	it('is only what this host can do', () => {
		const labels = (of: Device) => deviceActions(of).map(({ label }) => label);
		expect(labels(device(false, null))).to.deep.equal([]);
		expect(labels(device(true, 'https://cloud'))).to.deep.equal(['Update now', 'Reboot', 'Shut down']);
	});
});

function device(canReboot: boolean, endpoint: string | null): Device {
	return {
		...{ uuid: null, name: 'local', apps: {}, supervisor: { version: '20' }, cloud: { endpoint, connected: true } },
		host: {
			...{ os: { name: null, version: null }, kernel: '6', arch: 'amd64', device_type: 'pc', booted_at: null },
			...{ memory: null, storage: null, cpu: { usage: null }, temperature: null, addresses: { ip: [] } },
		},
		capabilities: [{ name: 'reboot', available: canReboot, detail: null }],
	};
}
