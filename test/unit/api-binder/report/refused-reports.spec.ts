import { expect } from 'chai';
import type { ReportAnswer } from '../../../../src/api-binder/protocol/cloud-api.ts';
import type { Scene } from '../../device-state/report/device-status.ts';
import { ACCEPTED, REFUSED, reporterOf, type Sent } from './reporter-scene.ts';

describe('cloud-observed 2, 3: a report of which the cloud refuses a part', () => {
	it('gets through without the apps, is named, and is tried again', async () => {
		const { clock, sent, world, lines, stop, done } = reporterOf();
		world.answer.callsFake((fields) => ('apps' in fields ? REFUSED : ACCEPTED));
		await clock.advance(1000);
		expect(sent.map(({ fields }) => 'apps' in fields)).to.deep.equal([true, false]);
		expect(sent[1]?.fields).to.include({ status: 'Idle' });
		expect(lines[0]).to.deep.include({ level: 'warn' });
		expect(lines[0]?.fields.refused).to.deep.equal([`apps/${'a'.repeat(32)}/c1`]);
		await clock.advance(15_000);
		expect(sent.map(({ fields }) => 'apps' in fields)).to.deep.equal([true, false, true, false]);
		world.answer.returns(ACCEPTED);
		await clock.advance(31_000);
		expect(sent.at(-1)?.fields).to.have.keys('apps');
		await clock.advance(10 * 60_000);
		expect(sent).to.have.length(5);
		stop.abort();
		await done;
	});

	type Apps = Readonly<Record<string, { releases: Record<string, { services?: Record<string, { image: string }> }> }>>;
	const APP = 'a'.repeat(32);
	const releasesIn = (fields: Sent | undefined) => (fields?.apps as Apps | undefined)?.[APP]?.releases ?? {};
	const twoReleases: Partial<Scene> = {
		target: { commit: 'c2', services: ['web', 'db'] },
		images: ['web@c1', 'web@c2', 'db@c2'],
		containers: ['web@c2: running', 'db@c2: running'],
	};

	it('leaves out the release that the cloud does not know, and still reports the other', async () => {
		const { clock, sent, world, lines, last, stop, done } = reporterOf();
		world.answer.callsFake((fields) => ('c1' in releasesIn(fields) ? REFUSED : ACCEPTED));
		world.show({ ...twoReleases, reached: 'c2' });
		await clock.advance(1000);
		expect(Object.keys(releasesIn(last()))).to.deep.equal(['c2']);
		expect(lines[0]?.fields.refused).to.deep.equal([`apps/${APP}/c1`]);
		const before = sent.length;
		world.show({ ...twoReleases, reached: 'c2', containers: ['web@c2: running', 'db@c2: exited'] });
		await clock.advance(12_000);
		expect(sent.length).to.equal(before + 1);
		expect(Object.keys(releasesIn(last()))).to.deep.equal(['c2']);
		stop.abort();
		await done;
	});

	it('leaves out the one image that the cloud does not know', async () => {
		const { clock, world, lines, last, stop, done } = reporterOf();
		const isKnown = (fields: Sent) =>
			!Object.values(releasesIn(fields)).some(({ services }) => services?.['db'] !== undefined);
		world.answer.callsFake((fields) => (isKnown(fields) ? ACCEPTED : REFUSED));
		world.show({ ...twoReleases, images: ['web@c2', 'db@c2'], reached: 'c2' });
		await clock.advance(1000);
		expect(Object.keys(releasesIn(last())['c2']?.services ?? {})).to.deep.equal(['web']);
		expect(lines[0]?.fields.refused).to.deep.equal([`apps/${APP}/c2/db`]);
		stop.abort();
		await done;
	});

	it('leaves out the one metric that the cloud finds malformed', async () => {
		const { clock, sent, world, lines, troubles, stop, done } = reporterOf();
		const MALFORMED: ReportAnswer = { kind: 'problem', problem: 'rejected', status: 400 };
		world.answer.callsFake((fields) => ('memory_total' in fields ? MALFORMED : ACCEPTED));
		await clock.advance(1000);
		const reported = Object.assign({}, ...sent.slice(1).map(({ fields }) => fields)) as Sent;
		expect(reported).to.include({ status: 'Idle', cpu_usage: 7, memory_usage: 412 });
		expect(reported).to.have.property('apps');
		expect(lines[0]?.fields.refused).to.deep.equal(['memory_total']);
		expect(troubles.current().map(({ sentence }) => sentence)).to.deep.equal([
			'the cloud refuses a part of the report: memory_total',
		]);
		world.answer.returns(ACCEPTED);
		await clock.advance(3_600_000);
		expect(troubles.current()).to.deep.equal([]);
		stop.abort();
		await done;
	});

	it('does not try for ever to find out what it is', async () => {
		const { clock, sent, world, lines, stop, done } = reporterOf();
		const services = Array.from({ length: 30 }, (_, n) => `s${n}`);
		world.answer.callsFake((fields) => ('apps' in fields ? REFUSED : ACCEPTED));
		world.show({
			target: { commit: 'c2', services },
			images: [...services.map((name) => `${name}@c2` as const), 'web@c1'],
			containers: [],
		});
		await clock.advance(1000);
		expect(sent.length).to.be.at.most(16);
		expect(lines[0]?.fields.refused).to.deep.equal(['apps']);
		stop.abort();
		await done;
	});

	it('is tried again at once when other releases are here', async () => {
		const { clock, sent, world, last, stop, done } = reporterOf();
		world.answer.callsFake((fields) => ('apps' in fields ? REFUSED : ACCEPTED));
		await clock.advance(60_000);
		const before = sent.length;
		world.answer.returns(ACCEPTED);
		world.show({ target: { commit: 'c2', services: ['web'] }, images: ['web@c2'], containers: ['web@c2: running'] });
		await clock.advance(1000);
		expect(sent.length).to.equal(before + 1);
		expect(last()).to.have.keys('apps');
		stop.abort();
		await done;
	});

	it('does not hide a key that is refused', async () => {
		const { clock, sent, world, lines, stop, done } = reporterOf();
		world.answer.returns(REFUSED);
		await clock.advance(15_000);
		expect(sent.map(({ at }) => at)).to.deep.equal([0, 0, 15_000, 15_000]);
		expect(lines[0]?.fields).to.include({ problem: 'unauthorized', retryInMs: 15_000 });
		stop.abort();
		await done;
	});
});
