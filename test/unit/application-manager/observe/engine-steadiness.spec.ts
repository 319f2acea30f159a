import { expect } from 'chai';
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
	let pings: number;
	let answers: boolean;

	beforeEach(() => {
		clock = new VirtualClock();
		pings = 0;
		answers = true;
		const ping = () => {
			pings += 1;
			return answers ? Promise.resolve() : Promise.reject(new EngineError('engine-unreachable', 'no answer'));
		};
		steadiness = new EngineSteadiness({ ping }, clock);
	});

	const refusal = async (containers: readonly ContainerView[]): Promise<unknown> => {
		try {
			return await steadiness.look(containers);
		} catch (error) {
			return error instanceof EngineError ? 'no answer' : error;
		}
	};

	it('is asked over a new connection once for each container that ended, and not while nothing happens', async () => {
		expect(await steadiness.look([running('a'), running('b')])).to.equal(undefined);
		expect(pings).to.equal(0);
		const one = [ended('a', '2026-01-01T00:00:00.1Z'), running('b')];
		expect(await steadiness.look(one)).to.equal(undefined);
		expect(await steadiness.look(one)).to.equal(undefined);
		expect(pings).to.equal(1);
		expect(await steadiness.look([ended('a', '2026-01-01T00:00:07Z'), running('b')])).to.equal(undefined);
		expect(pings).to.equal(2);
	});

	it('is not planned for while it takes no new connection', async () => {
		answers = false;
		const one = [ended('a', '2026-01-01T00:00:00.1Z')];
		expect(await refusal(one)).to.equal('no answer');
		expect(await refusal(one)).to.equal('no answer');
		answers = true;
		expect(await steadiness.look(one)).to.equal(undefined);
	});

	it('has to answer steadily for two seconds after several containers ended within one', async () => {
		const both = [ended('a', '2026-01-01T00:00:00.1Z'), ended('b', '2026-01-01T00:00:01.05Z')];
		expect(await steadiness.look(both)).to.equal(clock.now() + 250);
		await clock.advance(1500);
		expect(await steadiness.look(both)).to.equal(clock.now() + 250);
		answers = false;
		await clock.advance(250);
		expect(await refusal(both)).to.equal('no answer');
		answers = true;
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
