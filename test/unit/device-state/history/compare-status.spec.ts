import { expect } from 'chai';
import Sinon from 'sinon';
import { HistoryObserver } from '../../../../src/device-state/index.ts';
import { compareStatus } from '../../../../src/device-state/history/compare-status.ts';
import type { CurrentState } from '../../../../src/domain/current.ts';
import type { HistoryEvent } from '../../../../src/domain/history.ts';
import type { ProposedStep } from '../../../../src/domain/plan.ts';
import type { Reason } from '../../../../src/domain/reason.ts';
import type { ContainerView } from '../../../../src/domain/service.ts';
import type { DeviceStatus } from '../../../../src/domain/status.ts';
import type { Step } from '../../../../src/domain/step.ts';
import type { ComposedApp } from '../../../../src/domain/target.ts';
import { EngineError } from '../../../../src/ports/engine.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import { deviceStatus } from '../../device-api/device-status.ts';

const REST: CurrentState = deviceStatus.current ?? never();

function never(): never {
	throw new Error('the device at rest has a current state');
}

function app(
	commit: string,
	services: Readonly<Record<string, string>> = { web: 'image:1' },
	engineImageId?: string,
): ComposedApp {
	const spec = {
		...{ appId: 1, appUuid: 'u1', appName: 'shop', commit, leftOut: [], networks: [], volumes: [] },
		services: Object.entries(services).map(([serviceName, reference]) => ({
			...{ identity: { serviceName }, reference, engineImageId },
			config: { image: engineImageId ?? reference },
		})),
	};
	return { state: 'ready', appId: 1, spec } as unknown as ComposedApp; // all that is looked at
}

function status(rest: Partial<DeviceStatus> = {}): DeviceStatus {
	return { ...deviceStatus, target: { apps: [app('c1')], variables: { A: '1' } }, ...rest };
}

/** The first app of the device, with another container. */
function withContainer(container: Partial<ContainerView>): Partial<DeviceStatus> {
	const [first, ...others] = REST.apps;
	const [known] = first?.containers ?? [];
	if (first === undefined || known === undefined) return never();
	return { current: { ...REST, apps: [{ ...first, containers: [{ ...known, ...container }] }, ...others] } };
}

const withHost = (host: Partial<CurrentState['host']>) => ({ current: { ...REST, host: { ...REST.host, ...host } } });
const withTarget = (apps: readonly ComposedApp[], variables = { A: '1' }) => ({ target: { apps, variables } });
const withCommit = (commit: string): Partial<DeviceStatus> => ({
	current: { ...REST, apps: REST.apps.map((one) => (one.appId === 1 ? { ...one, commit } : one)) },
});
const LOCKED: Reason = {
	...{ appId: 1, serviceName: 'web', kind: 'locked-by-user', since: 0 },
	finding: { kind: 'locked-by-user', until: 1, since: 0, error: 'locked' },
	sentence: 'web is not changed: updates are locked by service till, through its lock file',
};
const STARTED = { startedAt: '2026-01-02T03:04:06Z' };
const ENDED = { runState: 'exited', exitCode: 3, finishedAt: '2026-01-02T04:00:00Z' } as const;

interface Case {
	readonly name: string;
	readonly before?: Partial<DeviceStatus>;
	readonly after: Partial<DeviceStatus>;
	/** `kind event: sentence` */
	readonly events: readonly string[];
}

const CASES: readonly Case[] = [
	{ name: 'nothing, if nothing has happened', after: {}, events: [] },
	{
		name: 'a new release',
		after: withTarget([app('c2aaaaaaaaaa')]),
		events: [
			'target changed: the cloud wants release c2aaaaa of shop instead of c1',
			'release begun: the update of shop to release c2aaaaa begins',
		],
	},
	{
		name: 'the end of an update',
		before: withTarget([app('c2')]),
		after: { ...withTarget([app('c2')]), ...withCommit('c2') },
		events: ['release done: shop is at release c2'],
	},
	{
		name: 'a return to the release that runs',
		before: withTarget([app('c2')]),
		after: withTarget([app('c1')]),
		events: [
			'target changed: the cloud wants release c1 of shop instead of c2',
			'release returned: shop returns to release c1',
		],
	},
	{
		name: 'a release that is refused',
		after: withTarget([
			{
				...{ state: 'rejected', appId: 1 },
				app: { appName: 'shop', appUuid: 'u1', release: { commit: 'c2' } },
				issues: [{ path: 'services.web', message: 'no such network' }],
			} as unknown as ComposedApp, // all that is looked at
		]),
		events: [
			'target changed: the cloud wants release c2 of shop instead of c1',
			'release rejected: the release of shop is refused: no such network (services.web)',
		],
	},
	{
		name: 'other services in the same release',
		after: withTarget([app('c1', { web: 'image:2', db: 'image:1' })]),
		events: ['target changed: what is wanted of shop has changed: web, db'],
	},
	{ name: 'nothing, if an image has come', after: withTarget([app('c1', { web: 'image:1' }, 'sha256:1')]), events: [] },
	{
		name: 'a first and a last target',
		before: withTarget([]),
		after: withTarget([app('c1')]),
		events: ['target added: the cloud wants shop on this device, release c1'],
	},
	{
		name: 'an app that is no longer wanted',
		after: withTarget([]),
		events: ['target removed: the cloud no longer wants shop on this device'],
	},
	{
		name: 'variables, by their names only',
		after: withTarget([app('c1')], { A: 'secret' }),
		events: ['target changed: the cloud changes the configuration of the device: A'],
	},
	{
		name: 'a service that has started, and is well',
		after: withContainer({ ...STARTED, health: 'healthy' }),
		events: ['service started: web has started', 'service healthy: web is healthy'],
	},
	{
		name: 'a service whose health check fails',
		before: withContainer({ health: 'healthy' }),
		after: withContainer({ health: 'unhealthy' }),
		events: ['service unhealthy: the health check of web fails'],
	},
	{
		name: 'a service that has ended',
		before: withContainer(STARTED),
		after: withContainer({ ...STARTED, ...ENDED }),
		events: ['service ended: web has ended (exit code 3)'],
	},
	{
		name: 'a service that has ended and was started again by the engine',
		before: withContainer(STARTED),
		after: withContainer({ ...ENDED, runState: 'running', startedAt: '2026-01-02T04:00:01Z' }),
		events: ['service ended: web has ended (exit code 3)', 'service started: web has started'],
	},
	{
		name: 'each end once',
		before: withContainer({ ...STARTED, ...ENDED, runState: 'running' }),
		after: withContainer({ ...STARTED, ...ENDED, runState: 'running', health: 'healthy' }),
		events: ['service healthy: web is healthy'],
	},
	{
		name: 'a container that was only created',
		after: withContainer({ containerId: 'new', runState: 'created' }),
		events: [],
	},
	{
		name: 'our own locks',
		before: { current: { ...REST, locks: new Map([[2, new Set(['web'])]]) } },
		after: { current: { ...REST, locks: new Map([[1, new Set(['web'])]]) } },
		events: [
			'lock taken: the supervisor has taken the update locks of shop',
			'lock released: the supervisor has released the update locks of app 2',
		],
	},
	{
		name: 'a lock of a user',
		after: { reasons: [LOCKED] },
		events: [`lock in the way: ${LOCKED.sentence}`],
	},
	{
		name: 'the end of a lock of a user',
		before: { reasons: [LOCKED] },
		after: { reasons: [] },
		events: ['lock no longer in the way: web no longer waits for a lock'],
	},
	{
		name: 'a reboot that is needed, and one that begins',
		before: withHost({ reboot: 'none', shuttingDown: false }),
		after: withHost({ reboot: 'required', shuttingDown: true }),
		events: [
			'reboot required: a change of the configuration needs a reboot',
			'reboot begun: the system was asked to reboot or to shut down',
		],
	},
	{
		name: 'an engine that is lost',
		after: { unseen: { since: 0, message: 'no such socket' } },
		events: ['engine lost: the device cannot be observed: no such socket'],
	},
	{
		name: 'an engine that is back, with what was not seen meanwhile',
		before: { unseen: { since: 0, message: 'no such socket' } },
		after: withContainer(STARTED),
		events: ['engine back: the device can be observed again', 'service started: web has started'],
	},
];

const textOf = ({ kind, event, sentence }: HistoryEvent) => `${kind} ${event}: ${sentence}`;

describe('what happened between two statuses', () => {
	for (const { name, before = {}, after, events } of CASES) {
		it(`shows ${name}`, () => {
			const found = compareStatus(status(before), status(after), { origin: 'the cloud' });
			expect(found.map(textOf)).to.deep.equal(events);
			expect(JSON.stringify(found)).not.to.include('"secret"');
		});
	}

	it('is nothing before the first observation', () => {
		const after = status({ ...withContainer(STARTED), ...withTarget([app('c9')]) });
		expect(compareStatus(undefined, after, { origin: 'the cloud' })).to.deep.equal([]);
		expect(compareStatus(status({ current: undefined }), after, { origin: 'the cloud' })).to.deep.equal([]);
	});
});

describe('the observer of the history', () => {
	const record = Sinon.stub<[HistoryEvent]>();
	const logTail = Sinon.stub<[string, number], Promise<readonly string[]>>();
	let observer: HistoryObserver;

	beforeEach(() => {
		record.reset();
		logTail.reset();
		observer = new HistoryObserver({ history: { record }, logTail, origin: () => 'the cloud', crashed: never });
	});

	const events = () => record.args.map(([event]) => event);
	const turn = () => new Promise(setImmediate);

	it('adds the last lines of a service that ended by itself, and the uuid of its app', async () => {
		logTail.resolves(['one', 'two', 'three']);
		observer.statusPublished(status(withContainer(STARTED)));
		observer.statusPublished(status(withContainer({ ...STARTED, ...ENDED })));
		await turn();
		expect(logTail.args).to.deep.equal([['one', 3]]);
		expect(events()[0]).to.deep.include({ event: 'ended', appId: 1, appUuid: 'u1', serviceName: 'web' });
		expect(events()[0]?.details).to.deep.include({ exit_code: 3, lines: ['one', 'two', 'three'] });
	});

	it('does without the lines if the engine does not answer, and does not ask if it was stopped', async () => {
		logTail.rejects(new EngineError('engine-unreachable', 'away'));
		observer.statusPublished(status(withContainer(STARTED)));
		observer.statusPublished(status(withContainer({ ...STARTED, ...ENDED })));
		await turn();
		expect(events().map(textOf)).to.deep.equal(['service ended: web has ended (exit code 3)']);
		logTail.resetHistory();
		observer.statusPublished(status(withContainer(STARTED)));
		observer.statusPublished(status(withContainer({ ...STARTED, ...ENDED, exitCode: 143 })));
		Sinon.assert.notCalled(logTail);
	});

	const proposed = (step: Step): ProposedStep => ({
		...{ id: 's', step, reason: 'image differs', interruptible: false },
		footprint: { reads: [], writes: [] }, // not looked at
	});
	const start: Step = { kind: 'startContainer', appId: 1, serviceName: 'web', containerId: 'one', image: 'image' };

	it('takes the ends of steps, with how long they took', () => {
		observer.statusPublished(status());
		observer.stepEnded(proposed(start), { outcome: 'done' }, 1234);
		const error = new OperationalError('engine-failed', 'write /x: no space left on device');
		observer.stepEnded(proposed(start), { outcome: 'failed', error, retryInMs: 1, isRepeated: false }, 10);
		observer.stepEnded(proposed(start), { outcome: 'cancelled' }, 10);
		observer.stepEnded(proposed(start), { outcome: 'not-yet' }, 10);
		observer.stepEnded(proposed({ kind: 'takeLock', appId: 1, services: [], force: false }), { outcome: 'done' }, 10);
		expect(events().map(textOf)).to.deep.equal([
			'step done: start container of web: done (image differs)',
			'step failed: start container of web: failed, the disk of the device is full',
			'storage full: the disk of the device is full',
			'step done: take lock of shop: done (image differs)',
		]);
		expect(events()[0]).to.deep.include({ appUuid: 'u1', serviceName: 'web' });
		expect(events()[0]?.details).to.deep.include({ seconds: 1.2, step: 'startContainer' });
	});

	it('takes requests, with the key that asked and what became of them', () => {
		observer.statusPublished(status());
		const note = {
			id: 'r1',
			body: { kind: 'restartApp', appId: 1, containers: [] },
			force: true,
			asker: 'app:1',
		} as const;
		observer.requestNoted(note);
		observer.requestNoted({ ...note, outcome: { kind: 'failed', code: 'updates-locked', message: 'locked' } });
		observer.requestNoted({ id: 'r2', body: { kind: 'reboot' }, force: false, asker: 'device' });
		observer.requestNoted({ id: 'r2', body: { kind: 'reboot' }, force: false, outcome: { kind: 'superseded' } });
		expect(events().map(textOf)).to.deep.equal([
			'request asked: restart of shop: asked by a key of app 1',
			'request failed: restart of shop: failed, locked',
			'request asked: reboot: asked by the key of the device',
			'request superseded: reboot: superseded by a later request',
		]);
		expect(events()[0]?.details).to.deep.equal({
			request: 'r1',
			operation: 'restartApp',
			asked_by: 'app:1',
			force: true,
		});
	});
});
