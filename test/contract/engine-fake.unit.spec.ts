import { FakeEngine } from '../support/fake-engine.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { engineContract } from './engine.contract.ts';

engineContract('fake', () => {
	const clock = new VirtualClock();
	const engine = new FakeEngine(clock);
	const reference = `registry.example.com/contract@sha256:${'a'.repeat(64)}`;
	engine.registry.set(reference, { id: `sha256:${'b'.repeat(64)}`, config: { Cmd: ['run'] } });
	return Promise.resolve({
		engine,
		reference,
		eventually: async (condition) => {
			for (let turn = 0; turn < 100 && !(await condition()); turn++) {
				await clock.advance(100);
			}
		},
		run: async (call) => {
			let isDone = false;
			const done = call.finally(() => {
				isDone = true;
			});
			done.catch(() => undefined); // the caller gets it below
			for (let turn = 0; turn < 100 && !isDone; turn++) {
				await clock.advance(10);
			}
			return done;
		},
		dispose: () => Promise.resolve(),
	});
});
