import { expect } from 'chai';
import type { Finding } from '../../../src/domain/finding.ts';
import type { SentenceFacts } from '../../../src/domain/reason-table.ts';
import { describeFinding, outlookOf } from '../../../src/domain/reason.ts';

const LOCKED = 'Lockfile exists for { appId: 1, service: till }';
const TAKEN = 'Bind for 0.0.0.0:8080 failed: port is already allocated';
const CRASH = { until: 9, restarts: 3, exitCode: 127, error: '', lines: ['TOKEN=abc', 'sh: x: not found'] };
const DIFFERENCE = { field: 'environment.A', expected: 'secret', seen: 'other' };
const BAD_PORT = { path: 'apps.a1.services.web.ports[0]', message: 'expected a port' };

/** One of each kind: the compiler asks for a new one. */
const CASES: { readonly [Kind in Finding['kind']]: readonly [finding: Finding, sentence: string] } = {
	busy: [{ kind: 'busy', on: 'x' }, 'web is being changed'],
	limit: [{ kind: 'limit', of: 'pulls' }, 'web waits for its turn'],
	backoff: [
		{ kind: 'backoff', until: 9, failures: 2, error: `cannot start container 0a1b: ${TAKEN}` },
		'web cannot start: port 8080 of the device is taken by service api',
	],
	'not-yet': [
		{ kind: 'not-yet', until: 9, because: 'the delta is not ready' },
		'web waits for something that is still being made: the delta is not ready',
	],
	stuck: [
		{ kind: 'stuck', until: 9, differences: [DIFFERENCE] },
		'web still differs after it was changed: environment.A',
	],
	image: [{ kind: 'image', services: ['a', 'b'] }, 'web waits for the images of a, b'],
	network: [{ kind: 'network', name: 'lan' }, 'web waits for network lan'],
	volume: [{ kind: 'volume', name: 'data' }, 'web waits for volume data'],
	dependency: [{ kind: 'dependency', service: 'db', condition: 'service_healthy' }, 'web waits until db is healthy'],
	container: [
		{ kind: 'container', serviceName: 'old', containerId: 'c' },
		'web waits until the old container of old is gone',
	],
	engine: [{ kind: 'engine', until: 9 }, 'web waits until the container engine has been steady for a while'],
	'taking-locks': [{ kind: 'taking-locks', appId: 1 }, 'web waits for the update locks of its app'],
	'locked-by-user': [
		{ kind: 'locked-by-user', until: 9, since: 1, error: LOCKED },
		'web is not changed: updates are locked by service till, through its lock file',
	],
	postponed: [{ kind: 'postponed', until: 9 }, 'web was changed a short while ago'],
	ineffective: [
		{ kind: 'ineffective', reboots: 3 },
		'3 reboots did not apply the change: no more are made until the target changes',
	],
	'crash-loop': [
		{ kind: 'crash-loop', ...CRASH },
		'web ends by itself (exit code 127: a command is missing in the image), and is started again after a pause',
	],
	restarting: [
		{ kind: 'restarting', containerId: 'c', exitCode: 7, error: '' },
		'web ends by itself (exit code 7), and the engine starts it again',
	],
	ended: [
		{ kind: 'ended', exitCode: 9, error: '' },
		'web has ended (exit code 9), and its restart policy does not start it again',
	],
	unhealthy: [{ kind: 'unhealthy' }, 'web runs, and its health check fails'],
	unseen: [{ kind: 'unseen', path: '', message: 'the engine is away' }, 'the engine is away'],
	rejected: [
		{ kind: 'rejected', ...BAD_PORT },
		'the release of web is refused: expected a port (services.web.ports[0])',
	],
	unreadable: [
		{ kind: 'unreadable', path: 'containers.x', message: 'no labels' },
		'an object on the engine cannot be read: no labels (containers.x)',
	],
	'given-up': [
		{ kind: 'given-up', until: 9, attempts: 3, error: 'exit code 3' },
		'web cannot start, 3 attempts: exit code 3',
	],
	'host-os': [
		{ kind: 'host-os', path: 'apps.a1', message: 'the host app has no release' },
		'the host app has no release',
	],
	supervisor: [
		{ kind: 'supervisor', path: 'apps.a1.services.main', message: 'image x is not one of this supervisor' },
		'the supervisor is not updated: image x is not one of this supervisor',
	],
	'cloud-away': [
		{ kind: 'cloud-away', call: 'target', problem: 'the cloud cannot be reached', said: 'ECONNREFUSED' },
		'the target cannot be fetched: the cloud cannot be reached: ECONNREFUSED',
	],
	'cloud-refuses': [
		{
			kind: 'cloud-refuses',
			call: 'report',
			problem: 'the cloud finds the request malformed',
			status: 400,
			said: 'bad',
		},
		'the state of the device is not reported: the cloud finds the request malformed (400): bad',
	],
	'report-part-refused': [
		{ kind: 'report-part-refused', parts: ['release c1', 'cpu_id'] },
		'the cloud refuses a part of the report: release c1, cpu_id',
	],
	'target-unusable': [
		{ kind: 'target-unusable', lines: ['apps: expected an object'] },
		'the target that the cloud sent cannot be used: apps: expected an object',
	],
	'volume-differs': [
		{ kind: 'volume-differs', path: 'apps.a1.volumes.data', message: 'the volume is kept' },
		'the volume is kept (volumes.data)',
	],
};

describe('reasons', () => {
	const facts: SentenceFacts = { name: 'web', step: 'startContainer', holderOf: () => 'service api' };

	for (const [kind, [finding, sentence]] of Object.entries(CASES)) {
		it(`say what ${kind} is, in a sentence that fits`, () => {
			const described = describeFinding(finding, facts);
			expect(described.sentence).to.equal(sentence).and.have.length.at.most(160);
			expect(described.kind).to.equal(kind);
		});
	}

	it('say what ends them, and where to read more, in a line that fits', () => {
		for (const [kind, [finding]] of Object.entries(CASES)) {
			const { endsWhen, help } = outlookOf(finding);
			expect(endsWhen, kind).to.match(/^[a-zA-Z].{8,158}[^.]$/);
			expect(help, kind).to.match(/^[a-z-]+$/);
		}
	});

	it('say what ends the cause, where the text of the engine shows it', () => {
		const outlook = (error: string) => outlookOf({ kind: 'backoff', until: 9, failures: 1, error });
		expect(outlook(TAKEN)).to.deep.include({
			help: 'a-port-is-taken',
			endsWhen: 'what has the port ends or gives it up; or a release uses another port',
		});
		expect(outlook('something new').help).to.equal('a-step-fails');
	});

	it('name what cannot be done, by the kind of step', () => {
		const [finding] = CASES.backoff;
		const sentenceOf = (step: 'pullImage' | 'createNetwork') => describeFinding(finding, { ...facts, step }).sentence;
		expect(sentenceOf('pullImage')).to.match(/^the image of web cannot be downloaded: port/);
		expect(sentenceOf('createNetwork')).to.match(/^network web cannot be created: port/);
	});

	it('show an unknown text of the engine as it is, on one line and cut', () => {
		const error = `something\nnew ${'x'.repeat(1000)}`;
		const { sentence } = describeFinding({ kind: 'backoff', until: 9, failures: 1, error }, facts);
		expect(sentence)
			.to.match(/^web cannot start: something; new x+…$/)
			.and.have.length(400);
	});

	it('never show values of variables or the output of a service', () => {
		const all = Object.values(CASES).map(([finding]) => describeFinding(finding, facts).sentence);
		expect(all.join()).not.to.match(/secret|other\b|abc/);
	});

	it('are the same however often something was tried, and others if the cause is another', () => {
		const keyOf = (failures: number, error: string) =>
			describeFinding({ kind: 'backoff', until: failures, failures, error }, facts).key;
		expect(keyOf(1, `container 1: ${TAKEN}`)).to.equal(keyOf(2, `container 2: ${TAKEN}`));
		expect(keyOf(1, TAKEN)).not.to.equal(keyOf(1, 'no space left on device'));
	});
});
