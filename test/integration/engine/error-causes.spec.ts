import { expect } from 'chai';
import { DockerEngine } from '../../../src/adapters/docker/index.ts';
import { SystemClock } from '../../../src/adapters/system/system-clock.ts';
import { findCause } from '../../../src/domain/failure-cause.ts';
import { EngineError } from '../../../src/ports/engine.ts';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';
import { rejectionOf } from '../../unit/adapters/sqlite/raw-database.ts';

/** Texts of the engine of this machine; those of other engines are in test/fixtures/engine/error-texts.json. */
describe('errors that a real engine is made to show', () => {
	let real: RealEngine;
	let engine: DockerEngine;
	let count = 0;
	before(async () => {
		real = await requireEngine();
		engine = new DockerEngine({ host: real.host, clock: new SystemClock(), readTimeoutMs: 30_000 });
	});
	after(async () => {
		const ids = (await real.docker('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
		if (ids.length > 0) await real.docker('rm', '--force', ...ids);
		await real.docker('network', 'rm', 'overlapped');
		await real.dispose();
	});

	async function run(body: object, name = `cause_${++count}`): Promise<void> {
		const image = { Image: real.base, Cmd: ['sleep', '1000'] };
		await engine.startContainer(await engine.createContainer({ name, body: { ...image, ...body } }));
	}

	async function causeOf(call: Promise<unknown>): Promise<string> {
		const error = await rejectionOf(call);
		expect(error).to.be.instanceOf(EngineError);
		return findCause((error as EngineError).message)?.kind ?? `unknown: ${(error as EngineError).message}`;
	}

	const publish = (port: string) => ({
		ExposedPorts: { '80/tcp': {} },
		HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: port }] } },
	});

	it('a port that another container or a program has', async () => {
		await run(publish('8081'));
		expect(await causeOf(run(publish('8081')))).to.equal('port-taken');
		expect(await causeOf(run(publish(real.registry.split(':')[1] ?? '')))).to.equal('port-taken');
	});

	for (const [kind, body] of [
		['command-missing', { Cmd: ['nonesuch'] }],
		['command-missing', { Cmd: ['/app/nonesuch'] }],
		['command-not-executable', { Cmd: ['/etc/passwd'] }],
		['no-device', { HostConfig: { Devices: [{ PathOnHost: '/dev/xyz', PathInContainer: '/dev/xyz' }] } }],
		['mount-source', { HostConfig: { Mounts: [{ Type: 'bind', Source: '/nonexistent/x', Target: '/x' }] } }],
		['mount-source', { HostConfig: { Binds: ['/etc/hostname:/etc'] } }],
		['mount-source', { HostConfig: { Binds: ['/proc/nope:/x'] } }],
		['network-missing', { HostConfig: { NetworkMode: 'nonet' } }],
		['container-missing', { HostConfig: { NetworkMode: 'container:nonesuch' } }],
		['runtime-missing', { HostConfig: { Runtime: 'nonesuch' } }],
		['user-missing', { User: 'nonesuch' }],
		['image-gone', { Image: 'nonesuch:1' }],
		['memory-limit', { HostConfig: { Memory: 100 } }],
		['cpu-limit', { HostConfig: { NanoCpus: 9_999_000_000_000 } }],
	] as const) {
		it(`${kind}: ${JSON.stringify(body)}`, async () => {
			expect(await causeOf(run(body))).to.equal(kind);
		});
	}

	it('a name that another container has', async () => {
		await run({}, 'taken');
		expect(await causeOf(run({}, 'taken'))).to.equal('name-taken');
	});

	it('a subnet that another network has', async () => {
		await engine.createNetwork({ Name: 'overlapped', IPAM: { Config: [{ Subnet: '10.77.0.0/24' }] } });
		const other = { Name: 'overlapping', IPAM: { Config: [{ Subnet: '10.77.0.0/16' }] } };
		expect(await causeOf(engine.createNetwork(other))).to.equal('subnet-overlap');
	});

	it('an image that a registry does not have, and a registry that does not answer', async () => {
		const pull = (reference: string) =>
			causeOf(engine.pullImage({ reference, signal: new AbortController().signal, progress: () => undefined }));
		expect(await pull(`${real.registry}/nonesuch:1`)).to.equal('image-missing');
		expect(await pull('127.0.0.1:9/x:1')).to.equal('registry-unreachable');
		expect(await pull('registry.example.test/x:1')).to.equal('name-not-resolved');
	});
});
