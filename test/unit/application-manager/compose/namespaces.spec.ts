import { expect } from 'chai';
import {
	compareService,
	containerBody,
	namespaceOwnersOf,
	readContainer,
	sharedContainersOf,
	sharedWith,
} from '../../../../src/application-manager/compose/index.ts';
import type { ServiceConfig, ServiceSpec } from '../../../../src/domain/service.ts';
import { bodyOf, composeOne, inspectionOf, specOf } from './compose-one.ts';

const DB = { db: 'X' };
const ENGINE = { network_mode: 'NetworkMode', pid: 'PidMode', ipc: 'IpcMode' } as const;
const FIELD = { network_mode: 'networkMode', pid: 'pid', ipc: 'ipc' } as const;
const KEYS = Object.keys(ENGINE) as readonly (keyof typeof ENGINE)[];

function compose(composition: Readonly<Record<string, unknown>>, commit?: string): ServiceSpec {
	return specOf({ composition, ...(commit !== undefined && { commit }) });
}
function differences(spec: ServiceSpec, host: Readonly<Record<string, string>>, made: ServiceSpec, owners = DB) {
	const live = inspectionOf(made, {}, DB);
	const view = readContainer({ ...live, HostConfig: { ...live.HostConfig, ...host } });
	if (!view.ok) {
		throw new Error(JSON.stringify(view.issues));
	}
	return compareService(view.value, spec, new Map(Object.entries(owners))).map(({ field }) => field);
}

describe('compose: namespaces of another service', () => {
	for (const key of KEYS) {
		const spec = compose({ [key]: 'service: db ' });

		it(`${key}: is bound to the container of the other service, which has to be there first`, () => {
			expect(spec.config[FIELD[key]]).to.equal('service: db ');
			expect(spec.dependsOn.map(({ service }) => service)).to.deep.equal(['db']);
			expect(bodyOf(spec, DB).body.HostConfig[ENGINE[key]]).to.equal('container:X');
		});
		it(`${key}: without that container none is made, and it is said`, () => {
			expect(containerBody(spec, { deviceName: 'd', containerIds: new Map() })).to.deep.equal({
				ok: false,
				message: `No container for ${key}: 'service: db '`,
			});
		});
		it(`${key}: differs when the other service has another container, or none`, () => {
			expect(differences(spec, {}, spec)).to.deep.equal([]);
			expect(differences(spec, {}, spec, { db: 'Y' })).to.deep.equal([FIELD[key]]);
			expect(differences(spec, {}, spec, {} as typeof DB)).to.deep.equal([FIELD[key]]);
			expect(differences(compose({}), {}, spec)).to.include(FIELD[key]);
			expect(differences(spec, { [ENGINE[key]]: '' }, spec)).to.deep.equal([FIELD[key]]);
		});
		it(`${key}: a service without a name is refused`, () => {
			for (const text of ['service:', ' service: \n ']) {
				const composed = composeOne({ composition: { [key]: text } });
				expect(composed.ok ? [] : composed.issues).to.deep.equal([
					{
						path: `apps.abc1.services.s.${key}`,
						message: 'expected the name of a service after "service:"',
					},
				]);
			}
		});
	}

	it('keeps a condition that is given for the same service', () => {
		const { dependsOn } = compose({ pid: 'service:db', depends_on: { db: { condition: 'service_healthy' } } });
		expect(dependsOn.map(({ condition }) => condition)).to.deep.equal(['service_healthy']);
	});
	it('names each owner and each container once', () => {
		const config = compose({ network_mode: 'service:a', pid: 'service:b', ipc: 'service: a' }).config;
		expect(namespaceOwnersOf(config)).to.deep.equal(['a', 'b']);
		const live = { ...config, networkMode: 'container:1', pid: 'container:1', ipc: 'container:2' };
		expect(sharedContainersOf(live)).to.deep.equal(['1', '2']);
		const own = { networkMode: 'host', pid: '', ipc: 'shareable' } as ServiceConfig;
		expect([namespaceOwnersOf(own), sharedContainersOf(own)]).to.deep.equal([[], []]);
	});
	it('is read from a text of blanks without holding the process up', () => {
		const startedAt = performance.now();
		const blanks = ' '.repeat(20_000); // 3 s with an expression that tries each of them as the last
		expect(sharedWith(`service:a${blanks}b`)).to.equal(`a${blanks}b`);
		expect(sharedWith(`service:${blanks}`)).to.equal(undefined);
		expect(performance.now() - startedAt).to.be.below(500);
	});
});

describe('compose: containers of version 19 with the text of a mode', () => {
	const pid = { pid: 'service:db' };
	const asText = { PidMode: 'service:db' };

	it('keep their process namespace until the next release', () => {
		expect(differences(compose(pid), asText, compose(pid))).to.deep.equal([]);
		expect(differences(compose(pid), asText, compose(pid), {} as typeof DB)).to.deep.equal([]);
		expect(differences(compose(pid, 'next'), asText, compose(pid))).to.deep.equal(['pid']);
	});
	it('keep it beside keys that are new, whether or not they have them', () => {
		const both = { ...pid, stdin_open: true };
		expect(differences(compose(both), asText, compose(pid))).to.deep.equal([]);
		expect(differences(compose(both), asText, compose(both))).to.deep.equal([]);
		expect(differences(compose(both, 'next'), asText, compose(both))).to.deep.equal(['pid']);
	});
	it('do not keep another text, nor another difference', () => {
		expect(differences(compose(pid), { PidMode: 'service:web' }, compose(pid))).to.deep.equal(['pid']);
		expect(differences(compose({ ...pid, tty: false }), asText, compose(pid))).to.include('tty');
	});
	it('do not keep an IPC namespace with which the engine never starts them', () => {
		const ipc = { ipc: 'service:db' };
		expect(differences(compose(ipc), { IpcMode: 'service:db' }, compose(ipc))).to.deep.equal(['ipc']);
		const all = { ...ipc, ...pid };
		expect(differences(compose(all), { IpcMode: 'service:db', ...asText }, compose(all))).to.include('ipc');
	});
});
