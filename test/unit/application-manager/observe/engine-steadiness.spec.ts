import { expect } from 'chai';
import Sinon from 'sinon';
import { EngineSteadiness } from '../../../../src/application-manager/observe/engine-steadiness.ts';
import type { ContainerView } from '../../../../src/domain/service.ts';
import { EngineError } from '../../../../src/ports/engine.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const running = (id: string) => ({ containerId: id, runState: 'running' }) as unknown as ContainerView;
const ended = (id: string, finishedAt: string) =>
	({ containerId: id, runState: 'exited', finishedAt }) as unknown as ContainerView;

describe('an engine that may be going down', () => {
	let clock: VirtualClock;
	let steadiness: EngineSteadiness;
	let ping: Sinon.SinonStub;

	beforeEach(() => {
		clock = new VirtualClock();
		ping = Sinon.stub().resolves();
		steadiness = new EngineSteadiness({ ping }, clock);
	});

	const away = new EngineError('engine-unreachable', 'no answer');
	const refusal = async (containers: readonly ContainerView[]): Promise<unknown> => {
		try {
			return await steadiness.look(containers);
		} catch (error) {
			return error instanceof EngineError ? 'no answer' : error;
		}
	};

	it('is asked over a new connection once for each container that ended, and not while nothing happens', async () => {
		expect(await steadiness.look([running('a'), running('b')])).to.equal(undefined);
		Sinon.assert.notCalled(ping);
		const one = [ended('a', '2026-01-01T00:00:00.1Z'), running('b')];
		expect(await steadiness.look(one)).to.equal(undefined);
		expect(await steadiness.look(one)).to.equal(undefined);
		Sinon.assert.calledOnce(ping);
		expect(await steadiness.look([ended('a', '2026-01-01T00:00:07Z'), running('b')])).to.equal(undefined);
		Sinon.assert.calledTwice(ping);
	});

	it('is not planned for while it takes no new connection', async () => {
		ping.rejects(away);
		const one = [ended('a', '2026-01-01T00:00:00.1Z')];
		expect(await refusal(one)).to.equal('no answer');
		expect(await refusal(one)).to.equal('no answer');
		ping.resolves();
		expect(await steadiness.look(one)).to.equal(undefined);
	});

	it('has to answer steadily for two seconds after several containers ended within one', async () => {
		const both = [ended('a', '2026-01-01T00:00:00.1Z'), ended('b', '2026-01-01T00:00:01.05Z')];
		expect(await steadiness.look(both)).to.equal(clock.now() + 250);
		await clock.advance(1500);
		expect(await steadiness.look(both)).to.equal(clock.now() + 250);
		ping.rejects(away);
		await clock.advance(250);
		expect(await refusal(both)).to.equal('no answer');
		ping.resolves();
		await clock.advance(1000);
		expect(await steadiness.look(both)).to.equal(clock.now() + 250); // counted anew
		await clock.advance(1900);
		expect(await steadiness.look(both)).to.equal(clock.now() + 100);
		await clock.advance(100);
		expect(await steadiness.look(both)).to.equal(undefined);
		expect(await steadiness.look(both)).to.equal(undefined);
	});

	it('is not in recheck when containers end one long after the other', async () => {
		await steadiness.look([ended('a', '2026-01-01T00:00:00Z')]);
		expect(await steadiness.look([ended('a', '2026-01-01T00:00:00Z'), ended('b', '2026-01-01T00:00:02Z')])).to.equal(
			undefined,
		);
	});
});
