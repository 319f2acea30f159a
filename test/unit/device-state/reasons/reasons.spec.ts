import { expect } from 'chai';
import type { ReasonInput } from '../../../../src/device-state/reasons/find-reasons.ts';
import { Reasons } from '../../../../src/device-state/reasons/reasons.ts';
import type { Pause, ProposedStep, WaitReason } from '../../../../src/domain/plan.ts';
import type { ReasonMemory } from '../../../../src/ports/history-store.ts';
import type { ContainerView } from '../../../../src/domain/service.ts';
import type { Step } from '../../../../src/domain/step.ts';
import type { TargetState } from '../../../../src/domain/target.ts';
import { emptyState } from '../../../support/empty-state.ts';
import { linesOf, stubSystemLog } from '../../../support/logs.ts';

/** Only what is read. */
const target = (...names: readonly string[]) =>
	({
		apps: [
			{
				state: 'ready',
				appId: 1,
				spec: {
					...{ appId: 1, appName: 'shop' },
					services: names.map((serviceName) => ({
						...{ identity: { appId: 1, serviceName }, reference: `reg/${serviceName}`, running: true },
					})),
				},
			},
		],
		variables: {},
	}) as unknown as TargetState;

const container = (serviceName: string, more: Partial<ContainerView> = {}, port = 0) =>
	({
		...{ appId: 1, serviceName, containerId: `of ${serviceName}`, runState: 'running', exitCode: 0, stateError: '' },
		config: {
			portMaps: port === 0 ? [] : [{ externalStart: port, externalEnd: port, internalStart: 1, internalEnd: 1 }],
		},
		...more,
	}) as unknown as ContainerView;

const current = (...containers: readonly ContainerView[]) => ({
	...emptyState,
	apps: [{ appId: 1, containers, networks: [], volumes: [] }],
});

const step = (serviceName: string, kind = 'startContainer'): ProposedStep => ({
	...{ id: `${kind} ${serviceName}`, reason: '', footprint: { reads: [], writes: [] }, interruptible: false },
	step: { kind, appId: 1, serviceName } as unknown as Step,
});

const pull = (reference: string): ProposedStep => ({ ...step(reference), step: { kind: 'pullImage', reference } });
const failed = (error: string, until = 60): WaitReason => ({ kind: 'backoff', until, failures: 1, error });
const pause = (error: string, since: number): Pause => ({ until: 60, failures: 1, error, since, reason: 'backoff' });

describe('reasons of a device', () => {
	function make(reasonMemory?: ReasonMemory) {
		const systemLog = stubSystemLog();
		const reasons = new Reasons({ systemLog, reasonMemory });
		const input: ReasonInput = {
			...{ current: current(container('web'), container('db')), target: target('web', 'db'), problems: [] },
			...{ plan: undefined, paused: new Map<string, Pause>() },
		};
		return {
			lines: () => linesOf(systemLog),
			reasons,
			at: (now: number, more: Partial<ReasonInput>) => {
				reasons.update({ ...input, ...more }, now);
				return reasons.current();
			},
			waits: (now: number, ...waiting: readonly (readonly [ProposedStep, WaitReason])[]) => {
				const plan = {
					start: [],
					waiting: waiting.map(([one, because]) => ({ step: one, because })),
					wakeAt: undefined,
				};
				reasons.update({ ...input, plan }, now);
				return reasons.current();
			},
		};
	}

	it('are none on target', () => {
		expect(make().at(0, {})).to.deep.equal([]);
		expect(make().waits(0, [step('web'), { kind: 'postponed', until: 9 }])).to.deep.equal([]);
	});

	it('keep their beginning over passes that find the same, and say when the next try is', () => {
		const { waits } = make();
		const [first] = waits(5, [step('web'), failed('no space left on device')]);
		expect(first).to.deep.equal({
			...{ appId: 1, serviceName: 'web', kind: 'backoff', since: 5, nextTry: 60, step: 'startContainer' },
			finding: failed('no space left on device'),
			sentence: 'web cannot start: the disk of the device is full',
		});
		expect(waits(70, [step('web'), failed('no space left on device', 130)])[0]).to.include({ since: 5, nextTry: 130 });
		expect(waits(80, [step('web'), failed('something else', 130)])[0]).to.include({ since: 80 });
	});

	it('of a container that is made again because it cannot start are why it cannot', () => {
		const { at } = make();
		const failure = { failures: 3, error: 'no space left on device', hasRemains: false, predecessors: 1 };
		const waiting = [{ step: step('web', 'createContainer'), because: failed('had no effect') }];
		const more = { plan: { start: [], waiting, wakeAt: undefined } };
		const withFailure = { ...current(container('web')), failedStarts: new Map([['of web', failure]]) };
		expect(at(5, { ...more, current: withFailure })[0]?.sentence).to.equal(
			'web cannot start: the disk of the device is full',
		);
		expect(make().at(5, more)[0]?.sentence).to.equal('web cannot be installed: had no effect');
	});

	it('v3-api 3.4: that an earlier run of the supervisor knew began there', () => {
		const known = new Map<string, number>();
		const kept: (readonly { readonly id: string; readonly since: number }[])[] = [];
		const memory = { sinceOf: (id: string) => known.get(id), keep: (held: (typeof kept)[0]) => void kept.push(held) };
		make(memory).waits(5, [step('web'), failed('no space left on device')]);
		expect(kept.at(-1)).to.deep.include.members([{ id: kept[0]?.[0]?.id, since: 5 }]);
		known.set(kept[0]?.[0]?.id ?? '', -1000);
		const next = make(memory);
		expect(next.waits(9, [step('web'), failed('no space left on device')])[0]).to.include({ since: -1000 });
		expect(next.waits(10, [step('web'), failed('another')])[0]).to.include({ since: 10 });
		expect(kept.at(-1)).to.have.length(1);
		next.at(11, { unseen: { since: 11, message: 'away' } });
		expect(kept).to.have.length(3); // what cannot be seen has not ended
	});

	it('hold while the step is tried again, from its first failure on', () => {
		const { at } = make();
		const paused = new Map([[step('web').id, pause('no space left on device', 3)]]);
		const starting = at(61, { paused, plan: { start: [step('web')], waiting: [], wakeAt: undefined } });
		expect(starting[0]).to.include({ since: 3, nextTry: undefined });
		const busy = { kind: 'busy', on: step('web').id } as const;
		const plan = { start: [], waiting: [{ step: step('web'), because: busy }], wakeAt: undefined };
		expect(at(62, { paused, plan })[0]).to.include({ kind: 'backoff', since: 3, nextTry: undefined });
	});

	it('that come back soon were never gone: a request of a user ends all pauses', () => {
		const { waits } = make();
		const full = [step('web'), failed('no space left on device')] as const;
		waits(0, full);
		expect(waits(10_000)).to.deep.equal([]);
		expect(waits(20_000, full)[0]).to.include({ since: 0 });
		waits(30_000);
		expect(waits(200_000, full)[0]).to.include({ since: 200_000 });
	});

	it('without tries begin anew each time, and are still not reported again so soon', () => {
		const { waits, lines } = make();
		const wait = [step('web'), { kind: 'dependency', service: 'db', condition: 'service_healthy' }] as const;
		waits(0, wait);
		waits(10_000, wait);
		waits(20_000);
		expect(waits(30_000, wait)[0]).to.include({ since: 30_000 });
		waits(50_000, wait);
		expect(lines()).to.have.length(1);
		waits(60_000);
		waits(200_000, wait);
		waits(210_000, wait);
		expect(lines()).to.have.length(2);
	});

	it('of an image are those of every service that needs it', () => {
		const [one] = make().waits(0, [pull('reg/db'), failed('manifest unknown')]);
		expect(one).to.include({
			serviceName: 'db',
			sentence: 'the image of db cannot be downloaded: the registry does not have this image',
		});
	});

	it('name the service of the app that has the port, and no service of another app', () => {
		const sentenceWith = (appId: number) => {
			const holder = container('api', { appId }, 8080);
			const plan = {
				...{ start: [], wakeAt: undefined },
				waiting: [{ step: step('web'), because: failed('Bind for 0.0.0.0:8080 failed: port is already allocated') }],
			};
			return make().at(0, { plan, current: current(container('web', { runState: 'created' }, 8080), holder) })[0]
				?.sentence;
		};
		expect(sentenceWith(1)).to.equal('web cannot start: port 8080 of the device is taken by service api');
		expect(sentenceWith(2)).to.equal('web cannot start: port 8080 of the device is taken by a service of another app');
	});

	it('follow the chain of dependencies', () => {
		const healthy = { kind: 'dependency', service: 'db', condition: 'service_healthy' } as const;
		const plan = { start: [], waiting: [{ step: step('web'), because: healthy }], wakeAt: undefined };
		const found = make().at(0, { plan, current: current(container('db', { health: 'unhealthy' })) });
		expect(found.find(({ serviceName }) => serviceName === 'web')?.sentence).to.equal(
			'web waits until db is healthy: db runs, and its health check fails',
		);
	});

	it('of a service that waits for the locks of its app name who holds them', () => {
		const error = 'Lockfile exists for { appId: 1, service: till }';
		const found = make().waits(
			50,
			[step('web', 'stopContainer'), { kind: 'taking-locks', appId: 1 }],
			[step('', 'takeLock'), { kind: 'locked-by-user', until: 60, since: 7, error }],
		);
		expect(found.find(({ serviceName }) => serviceName === 'web')).to.include({
			sentence: 'web is not changed: updates are locked by service till, through its lock file',
			nextTry: 60,
		});
	});

	it('are the one of the device while it cannot be observed, and the others go on afterwards', () => {
		const { at, waits } = make();
		waits(0, [step('web'), failed('x')]);
		expect(at(10, { unseen: { since: 9, message: 'the engine is away' } })).to.deep.equal([
			{
				...{ appId: undefined, serviceName: undefined, kind: 'unseen', sentence: 'the engine is away', since: 9 },
				...{ nextTry: undefined, step: undefined },
				finding: { kind: 'unseen', path: '', message: 'the engine is away' },
			},
		]);
		at(200_000, { unseen: { since: 9, message: 'the engine is away' } });
		expect(waits(400_000, [step('web'), failed('x')])[0]).to.include({ since: 0 });
	});

	it('are told to the user once, and only if they last', () => {
		const { waits, lines, reasons } = make();
		const healthy = [step('web'), { kind: 'dependency', service: 'db', condition: 'service_healthy' }] as const;
		waits(0, healthy);
		expect(lines()).to.deep.equal([]);
		expect(reasons.wakeAt()).to.equal(10_000);
		waits(10_000, healthy);
		for (let now = 20_000; now < 500_000; now += 10_000) waits(now, healthy);
		expect(lines()).to.deep.equal(['web waits until db is healthy']);
		expect(reasons.wakeAt()).to.equal(undefined);
	});

	it('are not told twice: failed steps and locks have lines of their own', () => {
		const { waits, lines } = make();
		const error = 'Lockfile exists for { appId: 1, service: till }';
		for (let now = 0; now < 100_000; now += 10_000) {
			waits(now, [step('web'), failed('no space left on device')]);
			waits(now, [step('', 'takeLock'), { kind: 'locked-by-user', until: 9, since: 0, error }]);
		}
		expect(lines()).to.deep.equal([]);
	});

	it('of a service that the engine starts again and again hold while it runs for a moment', () => {
		const { at, lines, reasons } = make();
		const restarting = { current: current(container('web', { runState: 'restarting', exitCode: 7 })) };
		const running = { current: current(container('web')) };
		at(0, restarting);
		for (let now = 1000; now < 60_000; now += 2000) {
			expect(at(now, running)[0]).to.include({ kind: 'restarting', since: 0 });
			expect(at(now + 1000, restarting)[0]).to.include({ kind: 'restarting', since: 0 });
		}
		expect(lines()).to.deep.equal(['web ends by itself (exit code 7), and the engine starts it again']);
		at(60_000, running);
		expect(reasons.wakeAt()).to.equal(180_000);
		const replaced = { current: current(container('web', { containerId: 'another' })) };
		expect(at(70_000, replaced), 'its container is gone').to.deep.equal([]);
	});

	it('of a service that ended and stays ended: not if it was stopped, or is about to be started', () => {
		const ended = (exitCode: number) => current(container('web', { runState: 'exited', exitCode }));
		const sentences = (input: Partial<ReasonInput>) =>
			make()
				.at(0, input)
				.map(({ kind }) => kind);
		expect(sentences({ current: ended(9) })).to.deep.equal(['ended']);
		expect(sentences({ current: ended(143) })).to.deep.equal([]);
		const plan = { start: [step('web')], waiting: [], wakeAt: undefined };
		expect(sentences({ current: ended(9), plan })).to.deep.equal([]);
	});

	it('of an app whose release is refused name the app and the place', () => {
		const problem = { path: 'apps.a1.services.web.ports[0]', message: 'expected a port', isNew: false };
		const [one] = make().at(0, { problems: [{ ...problem, kind: 'rejected', appId: 1, name: 'shop' }] });
		expect(one).to.include({
			...{ appId: 1, serviceName: undefined },
			sentence: 'the release of shop is refused: expected a port (services.web.ports[0])',
		});
	});
});
