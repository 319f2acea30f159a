import { expect } from 'chai';
import { listServices, samplesOfServices, type Samples } from '../../../src/metrics/index.ts';
import type { ContainerView } from '../../../src/domain/service.ts';
import type { DeviceStatus } from '../../../src/domain/status.ts';
import { deviceStatus } from '../device-api/device-status.ts';

const all = () => true;

function withContainers(change: (container: ContainerView) => readonly ContainerView[]): DeviceStatus {
	const current = deviceStatus.current!;
	const apps = current.apps.map((app) => ({ ...app, containers: app.containers.flatMap(change) }));
	return { ...deviceStatus, current: { ...current, apps } };
}

const valuesOf = (samples: Samples, key: keyof Samples) => samples[key]?.map(({ value }) => value);

describe('metrics of services', () => {
	it('are of the apps that the caller may see', () => {
		const services = listServices(deviceStatus, (appId) => appId === 2);
		expect(services.map(({ app, service }) => [app, service])).to.deep.equal([['u2', 'web']]);
	});

	it('are of the newest container of a service: a hand-over adds no series', () => {
		const status = withContainers((one) => [
			{ ...one, containerId: `${one.containerId}-new`, createdAt: '2026-02-01T00:00:00Z', runState: 'created' },
			one,
		]);
		const samples = samplesOfServices(listServices(status, all), new Map());
		expect(valuesOf(samples, 'up')).to.deep.equal([0, 0]);
	});

	it('show what each uses, and nothing that cannot be read', () => {
		const usages = new Map([['one', { cpuSeconds: 1.5, memoryBytes: 4096 }]]);
		const samples = samplesOfServices(listServices(deviceStatus, all), usages);
		expect(samples.serviceCpu).to.deep.equal([{ labels: { app: 'u1', service: 'web' }, value: 1.5 }]);
		expect(valuesOf(samples, 'serviceMemory')).to.deep.equal([4096]);
		expect(samples.received).to.deep.equal([]);
	});

	it('show an exit code of what has ended, and health of what has a check that ended', () => {
		const ended = withContainers((one) => [{ ...one, runState: 'exited', exitCode: 137, health: 'starting' }]);
		const samples = samplesOfServices(listServices(ended, all), new Map());
		expect(valuesOf(samples, 'exitCode')).to.deep.equal([137, 137]);
		expect(valuesOf(samples, 'health')).to.deep.equal([]);
		const sick = withContainers((one) => [{ ...one, health: 'unhealthy' }]);
		const others = samplesOfServices(listServices(sick, all), new Map());
		expect(valuesOf(others, 'exitCode')).to.deep.equal([]);
		expect(valuesOf(others, 'health')).to.deep.equal([0, 0]);
	});

	it('are absent while the device cannot be observed (decision D19)', () => {
		const unseen = { ...deviceStatus, unseen: { since: 0, message: 'the engine is away' } };
		expect(listServices(unseen, all)).to.deep.equal([]);
		expect(listServices(undefined, all)).to.deep.equal([]);
	});
});
