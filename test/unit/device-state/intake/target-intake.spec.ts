import { expect } from 'chai';
import Sinon from 'sinon';
import { TargetIntake } from '../../../../src/device-state/index.ts';
import type { TargetDocument } from '../../../../src/domain/target.ts';
import { targetApp, targetDocument } from '../../../contract/stores.contract.ts';
import { silentLog, stubSystemLog } from '../../../support/logs.ts';
import { MemoryTargetStore } from '../../../support/memory-stores.ts';

describe('a target that is taken in', () => {
	function make() {
		const targets = new MemoryTargetStore();
		const systemLog = stubSystemLog();
		const intake = new TargetIntake({
			targets,
			facts: () => Promise.resolve({ supervisorVersion: '20.0.0', deviceType: 'pc', deviceArch: 'amd64' }),
			log: silentLog,
			systemLog,
		});
		const accept = (document: TargetDocument) =>
			intake.accept({ body: document, decode: () => ({ ok: true, value: document }), source: 's' });
		return { targets, write: systemLog.write, accept };
	}

	/** One app with services `a` and `b`, of which `a` has a contract. */
	function documentWith(requirement: object, labels = {}): TargetDocument {
		const app = targetApp(1);
		const [service] = Object.values(app.release!.services);
		const contract = { type: 'sw.container', slug: 'a', requires: [requirement] };
		const services = { a: { ...service!, labels, contract }, b: service! };
		return targetDocument([{ ...app, appName: 'my app', release: { ...app.release!, services } }]);
	}
	const OPTIONAL = { 'io.balena.features.optional': '1' };
	const TOO_NEW = { type: 'sw.supervisor', version: '>=99' };

	it('planner #30: is marked as rejected where it asks for what the device has not', async () => {
		const { targets, write, accept } = make();
		expect(await accept(documentWith(TOO_NEW))).to.deep.equal({ kind: 'stored', apps: 1 });
		expect((await targets.read())?.apps[0]?.rejected).to.equal(true);
		Sinon.assert.calledOnceWithExactly(
			write,
			'Some releases were rejected due to having unmet requirements:\n  my app: Services with unmet requirements: a',
			{ error: true },
		);
	});

	it('planner #31: loses a service that is optional', async () => {
		const { targets, write, accept } = make();
		expect(await accept(documentWith(TOO_NEW, OPTIONAL))).to.deep.equal({ kind: 'stored', apps: 1 });
		const [app] = (await targets.read())!.apps;
		expect(app?.rejected).to.equal(false);
		expect(Object.keys(app?.release?.services ?? {})).to.deep.equal(['b']);
		Sinon.assert.calledOnceWithExactly(write, 'Not running containers because of contract violations: a', {
			error: false,
		});
	});

	it('planner #32: is not stored at all with a contract that cannot be read', async () => {
		const { targets, write, accept } = make();
		expect(await accept(documentWith({ type: 'sw.spec' }))).to.have.property('kind', 'refused');
		expect(await targets.read()).to.equal(undefined);
		Sinon.assert.calledOnceWithExactly(
			write,
			'Could not move to new release: The contract for service a failed validation, with error: sw.spec is not a valid contract requirement type',
			{ error: true },
		);
	});
});
