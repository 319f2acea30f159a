import { expect } from 'chai';
import { composeOne, noticesOf, specOf } from './compose-one.ts';

const refused = (composition: Readonly<Record<string, unknown>>) => {
	const composed = composeOne({ composition });
	return composed.ok
		? []
		: composed.issues.map(({ path, message }) => `${path.replace('apps.abc1.services.s.', '')}: ${message}`);
};

describe('compose: what no engine starts is refused before anything is touched (decision D21)', () => {
	it('parts of a network that belongs to another service', () => {
		const shared = { network_mode: 'service:vpn' };
		for (const [key, value] of Object.entries({
			ports: ['80'],
			networks: ['default'],
			hostname: 'x',
			dns: '9.9.9.9',
			extraHosts: ['a:1.2.3.4'],
			'mac-address': '02:42:c0:a8:b2:f1',
		})) {
			expect(refused({ ...shared, [key]: value })).to.deep.equal([
				`${key}: the network is that of service "vpn": give it the ${key}`,
			]);
			expect(refused({ [key]: value }), 'with a network of its own').to.deep.equal([]);
		}
		const empty = { ports: [], networks: [], hostname: '', dns: [], extra_hosts: {}, mac_address: '' };
		expect(refused({ ...shared, ...empty })).to.deep.equal([]);
	});

	it('but for values that the engine only drops, which give a notice', () => {
		const one = { composition: { network_mode: 'service:vpn', domainname: 'lan' } };
		expect(noticesOf(one).map(({ message }) => message)).to.deep.equal([
			'Ignoring domainname: the network is that of service "vpn"',
		]);
		expect(specOf(one).config.domainname).to.equal('');
	});

	it('parts of a network that belongs to the host, or that there is not', () => {
		expect(refused({ network_mode: 'host', networks: { default: null } })).to.deep.equal([
			'networks: the network is that of the host',
		]);
		expect(refused({ network_mode: 'none', networks: ['default'] })).to.deep.equal([
			'networks: the service has no network',
		]);
		expect(refused({ network_mode: 'host', mac_address: '02:42:c0:a8:b2:f1' })).to.deep.equal([
			'mac_address: the network is that of the host',
		]);
		const ports = { ports: ['80:80'] };
		expect(noticesOf({ composition: { network_mode: 'none', ...ports } }).map(({ message }) => message)).to.deep.equal([
			'Ignoring ports: the service has no network',
		]);
		expect(
			specOf({ composition: { network_mode: 'host', ...ports } }).config.portMaps,
			'as version 19 made it',
		).to.have.length(1);
	});

	it('kernel settings of a namespace that belongs to the host', () => {
		const sysctls = { 'net.ipv4.ip_forward': 1, 'kernel.msgmax': 65536, 'vm.overcommit_memory': 1 };
		expect(refused({ network_mode: 'host', sysctls })).to.deep.equal([
			'sysctls: the network is that of the host: "net.ipv4.ip_forward" cannot be set',
		]);
		expect(refused({ ipc: 'host', sysctls })).to.deep.equal([
			'sysctls: the IPC namespace is that of the host: "kernel.msgmax" cannot be set',
		]);
		expect(refused({ sysctls })).to.deep.equal([]);
	});
});
