import { LocalMode } from '../../../../src/device-state/index.ts';
import { expect } from 'chai';
import Sinon from 'sinon';
import { EngineError } from '../../../../src/ports/engine.ts';
import type { EngineSnapshot } from '../../../../src/ports/snapshot-store.ts';
import { silentLog } from '../../../support/logs.ts';

const nothing: EngineSnapshot = { containers: [], images: [], volumes: [], networks: [] };
const before: EngineSnapshot = { containers: ['c1'], images: ['i1'], volumes: ['v1'], networks: ['n1'] };
const since: EngineSnapshot = {
	containers: ['c2', 'own'],
	images: ['i2', 'own image'],
	volumes: ['v2', '7_data'],
	networks: ['n2'],
};
/** What is left after a visit: what was there before, the supervisor, and the data of apps that stay. */
const CLEAN: EngineSnapshot = {
	containers: ['c1', 'own'],
	images: ['i1', 'own image'],
	volumes: ['v1', '7_data'],
	networks: ['n1'],
};

/** An engine as lists of names, and a table of one row. */
function make() {
	const engine = { ...before };
	const remove = Sinon.stub<[keyof EngineSnapshot, string], Promise<void>>().callsFake((kind, id) => {
		engine[kind] = engine[kind].filter((other) => other !== id);
		return Promise.resolve();
	});
	let snapshot: EngineSnapshot | undefined;
	let hasLocalApps = false;
	const localMode = new LocalMode({
		inventory: {
			list: () => Promise.resolve({ ...engine }),
			partsOf: (name) =>
				Promise.resolve(name === 'supervisor' ? { ...nothing, containers: ['own'], images: ['own image'] } : undefined),
			remove,
		},
		engine: { refresh: () => undefined },
		snapshots: {
			read: () => Promise.resolve(snapshot && { snapshot, takenAt: '' }),
			save: (taken) => Promise.resolve(void (snapshot = taken)),
			remove: () => Promise.resolve(void (snapshot = undefined)),
		},
		apps: {
			hasLocalApps: () => Promise.resolve(hasLocalApps),
			removeLocalApps: () => Promise.resolve(void (hasLocalApps = false)),
		},
		keptVolumes: () => Promise.resolve(['7_data']),
		ownNames: ['none of this name', 'supervisor'],
		clock: { wall: () => new Date(0) },
		log: silentLog,
	});
	const visit = async () => {
		await localMode.takeSnapshot();
		for (const kind of ['containers', 'images', 'volumes', 'networks'] as const) {
			engine[kind] = [...engine[kind], ...since[kind]];
		}
		hasLocalApps = true;
		localMode.refresh();
	};
	return { localMode, engine, remove, visit };
}

describe('local mode', () => {
	it('planner #63: leaves the engine as it was, but for the supervisor itself and the data of apps that stay', async () => {
		const { localMode, engine, remove, visit } = make();
		await visit();
		expect(await localMode.traces()).to.deep.equal({ snapshot: true, apps: true });
		await localMode.cleanUp();
		expect(remove.args.map(([, id]) => id)).to.deep.equal(['c2', 'i2', 'n2', 'v2']);
		expect(engine).to.deep.equal(CLEAN);
		expect(await localMode.traces()).to.deep.equal({ snapshot: false, apps: false });
	});

	it('continues where the engine does not remove an object', async () => {
		const { localMode, engine, remove, visit } = make();
		remove.withArgs('images', 'i2').rejects(new EngineError('engine-conflict', 'in use'));
		await visit();
		await localMode.cleanUp();
		expect(remove.args.map(([, id]) => id)).to.deep.equal(['c2', 'i2', 'n2', 'v2']);
		expect(engine).to.deep.equal({ ...CLEAN, images: ['i1', 'i2', 'own image'] });
		expect(await localMode.traces()).to.deep.equal({ snapshot: false, apps: false });
	});

	it('is left again from the beginning when the engine went away in between', async () => {
		const { localMode, engine, remove, visit } = make();
		remove.withArgs('networks', 'n2').onFirstCall().rejects(new EngineError('engine-unreachable', 'gone'));
		await visit();
		await localMode.cleanUp().then(
			() => expect.fail('it cannot be done'),
			(error: unknown) => expect(error).to.have.property('code', 'engine-unreachable'),
		);
		expect(await localMode.traces()).to.deep.equal({ snapshot: true, apps: true });
		await localMode.cleanUp();
		expect(remove.args.map(([, id]) => id)).to.deep.equal(['c2', 'i2', 'n2', 'n2', 'v2']);
		expect(engine).to.deep.equal(CLEAN);
	});

	it('removes nothing from the engine where nothing was recorded', async () => {
		const { localMode, remove } = make();
		await localMode.cleanUp();
		Sinon.assert.notCalled(remove);
	});
});
