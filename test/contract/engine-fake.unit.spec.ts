import { FakeEngine } from '../support/fake-engine.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { engineContract } from './engine.contract.ts';

engineContract('fake', () => {
	const clock = new VirtualClock();
	const engine = new FakeEngine(clock);
	const reference = `registry.example.com/contract@sha256:${'a'.repeat(64)}`;
	const token = 'a token of the registry';
	const guarded = { reference: reference.replace('example.com', 'guarded.com'), token };
	engine.registry.set(guarded.reference, { id: `sha256:${'b'.repeat(64)}`, config: { Cmd: ['run'] }, token });
	engine.registry.set(reference, { id: `sha256:${'b'.repeat(64)}`, config: { Cmd: ['run'] } });
	return Promise.resolve({
		engine,
		reference,
		guarded,
		eventually: async (condition) => {
			for (let turn = 0; turn < 100 && !(await condition()); turn++) {
				await clock.advance(100);
			}
		},
		run: async (call) => {
			call.catch(() => undefined); // the caller gets it below
			const pending = Symbol('pending');
			for (let turn = 0; turn < 100; turn++) {
				await clock.advance(10);
				const outcome = await Promise.race([
					call.then(
						() => undefined,
						() => undefined,
					),
					Promise.resolve(pending),
				]);
				if (outcome !== pending) {
					break;
				}
			}
			return call;
		},
		pause: (containerId) => {
			engine.pauseByHand(containerId);
			return Promise.resolve();
		},
		dispose: () => Promise.resolve(),
	});
});
