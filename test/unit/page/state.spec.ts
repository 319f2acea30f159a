import { expect } from 'chai';
import type { App, Device, Explanation, Service, Status } from '../../../src/page/answers.ts';
import { openSubjects } from '../../../src/page/open-subjects.ts';
import { listLogSources, listServices, portsOf } from '../../../src/page/services.ts';
import { type Action, INITIAL, isNews, reduce, retryDelayMs } from '../../../src/page/state.ts';
import { viewOf } from '../../../src/page/views.ts';

const event = (name: string, data: object = {}, id?: string): Action => ({
	kind: 'event',
	event: { event: name, data: JSON.stringify(data), ...(id === undefined ? {} : { id }) },
});
const after = (...actions: readonly Action[]) => actions.reduce(reduce, INITIAL);
const progress = (image: string, percent: number) => event('progress', { image, services: [], percent });

const device = (memory: Device['host']['memory'] = null): Device => ({
	...{ uuid: null, name: 'local', apps: {}, capabilities: [] },
	host: {
		...{ os: { name: null, version: null }, kernel: '6', arch: 'amd64', device_type: 'pc', booted_at: null },
		...{ memory, storage: null, cpu: { usage: 7 }, temperature: null, addresses: { ip: [] } },
	},
	supervisor: { version: '20' },
	cloud: { endpoint: null, connected: null },
});
const status: Status = { status: 'done', since: null, sentence: 'all is well', apps: {} };
const explain = (state: string, subject: string, parts: readonly Explanation[] = []): Explanation => ({
	...{ subject, state, since: null, sentence: '', differences: [], steps: [], parts },
	...{ ends_when: null, last_error: null, help: null },
});

describe('the state of the page', () => {
	it('remembers the last event, to continue there after a break', () => {
		const state = after(event('history', {}, '41'), event('status'), event('history', {}, '42'));
		expect(state).to.include({ lastEventId: '42', historyCount: 2 });
	});

	it('shows each download until it is complete, or the device is done', () => {
		const going = after(progress('a', 10), progress('b', 20), progress('a', 30));
		expect(going.downloads.map(({ image, percent }) => `${image} ${percent}`)).to.deep.equal(['b 20', 'a 30']);
		expect(reduce(going, progress('b', 100)).downloads).to.have.length(1);
		const seen: Action = { kind: 'seen', status, explanation: explain('on_target', 'd'), device: device() };
		expect(reduce(going, seen).downloads).to.deep.equal([]);
	});

	it('keeps what the device said last while it does not answer, but no downloads', () => {
		const seen: Action = { kind: 'seen', status, explanation: explain('on_target', 'd'), device: device() };
		const lost = reduce(after(seen, progress('a', 10)), { kind: 'link', link: { state: 'lost', retryAtMs: 5 } });
		expect(lost).to.deep.include({ status, downloads: [], link: { state: 'lost', retryAtMs: 5 } });
	});

	it('keeps the last sixty samples', () => {
		const sample: Action = { kind: 'sample', device: device({ total: 200, available: 50 }) };
		const state = after(...Array.from({ length: 70 }, () => sample));
		expect(state.samples).to.have.length(60);
		expect(state.samples[0]).to.deep.equal({ cpu: 7, memory: 75, temperature: null });
	});

	it('reads everything again for news, and not for progress', () => {
		const isNewsOf = (name: string) => isNews({ event: name, data: '' });
		expect(['status', 'explain', 'history', 'progress', 'other'].filter(isNewsOf)).to.deep.equal([
			...['status', 'explain', 'history'],
		]);
	});

	it('asks a device that is away again, soon at first and each ten seconds later', () => {
		expect([1, 2, 3, 6, 100].map(retryDelayMs)).to.deep.equal([500, 1000, 2000, 10_000, 10_000]);
	});

	it('opens the view of the address, and the device for any other', () => {
		expect(['#/apps', '#apps', '', '#/none'].map(viewOf)).to.deep.equal(['apps', 'apps', 'device', 'device']);
	});
});

describe('what the page shows of apps', () => {
	const service = (container: string | null, rest: Partial<Service> = {}): Service => ({
		...{ status: 'Running', started: null, health: null, exit_code: null, restart_count: 0, config: {} },
		container: container === null ? null : { id: container, name: container },
		...rest,
	});
	const release = (services: Readonly<Record<string, Service>>) => ({ installed: true, services });

	it('has one row for a service that is being replaced, and one for a service that is to come', () => {
		const app = {
			...{ id: 1, name: 'shop', is_host: false, status: 'done' },
			releases: {
				old: release({ web: service('w1') }),
				new: release({ web: service(null), db: service(null) }),
			},
		};
		expect(listServices(app).map(({ name, release: of }) => `${name} ${of}`)).to.deep.equal(['db new', 'web old']);
	});

	it('names the services whose logs can be followed, with their app where there are several', () => {
		const app = (name: string, releases: App['releases']): App => ({
			...{ id: 1, name, is_host: false, status: 'done', releases },
		});
		const shop = app('shop', { old: release({ web: service('w1') }), new: release({ web: service('w2') }) });
		expect(listLogSources({ u1: shop })).to.deep.equal([
			{ id: 'u1/web', label: 'web', app: 'u1', service: 'web', containers: ['w1', 'w2'] },
		]);
		const both = listLogSources({ u1: shop, u2: app('bar', { one: release({ tap: service(null) }) }) });
		expect(both.map(({ label }) => label)).to.deep.equal(['shop: web', 'bar: tap']);
	});

	it('has the published ports, and not those that the engine chooses', () => {
		const map = (externalStart: number, externalEnd: number, protocol = 'tcp') => ({
			...{ internalStart: 80, internalEnd: 80 + externalEnd - externalStart, externalStart, externalEnd, protocol },
		});
		const config = { port_maps: [map(80, 81), map(0, 0), map(53, 53, 'udp'), map(1000, 9000)] };
		const ports = portsOf(service('w', { config }));
		expect(ports.slice(0, 3)).to.deep.equal([
			{ port: 80, protocol: 'tcp' },
			{ port: 81, protocol: 'tcp' },
			{ port: 53, protocol: 'udp' },
		]);
		expect(ports).to.have.length(20);
	});

	it('names the smallest parts that are not on target', () => {
		const app = explain('waiting', 'app', [explain('on_target', 'db'), explain('waiting', 'web')]);
		const names = (explanation: Explanation) => openSubjects(explanation).map(({ subject }) => subject);
		expect(names(explain('waiting', 'device', [app, explain('failing', 'cloud')]))).to.deep.equal(['web', 'cloud']);
		expect(names(explain('changing', 'device', [explain('on_target', 'app')]))).to.deep.equal(['device']);
		expect(names(explain('on_target', 'device'))).to.deep.equal([]);
	});
});
