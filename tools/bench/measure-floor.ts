import type { EngineCalls } from './engine-calls.ts';

/** Makes the end state of an apply by bare engine calls, with limited concurrency, and returns the time. */
export async function measureFloor(options: {
	readonly engine: EngineCalls;
	readonly image: string;
	readonly count: number;
	readonly parallel: number;
}): Promise<number> {
	const { engine, image, count, parallel } = options;
	await engine.removeEverything();
	const startedAt = performance.now();
	await engine.call('POST', '/networks/create', { Name: 'floor_default', CheckDuplicate: true, Driver: 'bridge' });
	let next = 0;
	const work = async () => {
		while (next < count) await startContainer(engine, image, next++);
	};
	await Promise.all(Array.from({ length: Math.min(parallel, count) }, work));
	const durationMs = performance.now() - startedAt;
	await engine.removeEverything();
	return durationMs;
}

async function startContainer(engine: EngineCalls, image: string, index: number): Promise<void> {
	const created = (await engine.call('POST', `/containers/create?name=floor_${index}`, {
		Image: image,
		Env: Array.from({ length: 30 }, (_, n) => `VARIABLE_${n}=value ${n}`),
		Labels: { floor: String(index) },
		HostConfig: { NetworkMode: 'floor_default', RestartPolicy: { Name: 'always' } },
		NetworkingConfig: { EndpointsConfig: { floor_default: { Aliases: [`service${index}`] } } },
	})) as { readonly Id: string };
	await engine.call('POST', `/containers/${created.Id}/start`);
}
