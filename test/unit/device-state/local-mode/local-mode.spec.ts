import { LocalMode } from '../../../../src/device-state/index.ts';
import { expect } from 'chai';
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

/** An engine as lists of names, and a table of one row. */
function make(options: { readonly fails?: (id: string) => Error | undefined } = {}) {
	const engine = { ...before };
	const removed: string[] = [];
	let snapshot: EngineSnapshot | undefined;
	let hasLocalApps = false;
	const localMode = new LocalMode({
		inventory: {
			list: () => Promise.resolve({ ...engine }),
			partsOf: (name) =>
				Promise.resolve(name === 'supervisor' ? { ...nothing, containers: ['own'], images: ['own image'] } : undefined),
			remove: (kind, id) => {
				const failure = options.fails?.(id);
				if (failure !== undefined) {
					return Promise.reject(failure);
				}
				engine[kind] = engine[kind].filter((other) => other !== id);
				removed.push(id);
				return Promise.resolve();
			},
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
	return { localMode, engine, removed, visit };
}

describe('local mode', () => {
	it('planner #63: leaves the engine as it was, but for the supervisor itself and the data of apps that stay', async () => {
		const { localMode, engine, removed, visit } = make();
		await visit();
		expect(await localMode.traces()).to.deep.equal({ snapshot: true, apps: true });
		await localMode.cleanUp();
		expect(removed).to.deep.equal(['c2', 'i2', 'n2', 'v2']);
		expect(engine).to.deep.equal({
			containers: ['c1', 'own'],
			images: ['i1', 'own image'],
			volumes: ['v1', '7_data'],
			networks: ['n1'],
		});
		expect(await localMode.traces()).to.deep.equal({ snapshot: false, apps: false });
	});

	it('continues where the engine does not remove an object', async () => {
		const { localMode, removed, visit } = make({
			fails: (id) => (id === 'i2' ? new EngineError('engine-conflict', 'in use') : undefined),
		});
		await visit();
		await localMode.cleanUp();
		expect(removed).to.deep.equal(['c2', 'n2', 'v2']);
		expect(await localMode.traces()).to.deep.equal({ snapshot: false, apps: false });
	});

	it('is left again from the beginning when the engine went away in between', async () => {
		let isAway = true;
		const { localMode, removed, visit } = make({
			fails: (id) => (isAway && id === 'n2' ? new EngineError('engine-unreachable', 'gone') : undefined),
		});
		await visit();
		await localMode.cleanUp().then(
			() => expect.fail('it cannot be done'),
			(error: unknown) => expect(error).to.have.property('code', 'engine-unreachable'),
		);
		expect(await localMode.traces()).to.deep.equal({ snapshot: true, apps: true });
		isAway = false;
		await localMode.cleanUp();
		expect(removed).to.deep.equal(['c2', 'i2', 'n2', 'v2']);
	});

	it('removes nothing from the engine where nothing was recorded', async () => {
		const { localMode, removed } = make();
		await localMode.cleanUp();
		expect(removed).to.deep.equal([]);
	});
});
