import { performance } from 'node:perf_hooks';

interface ProcessMeasures {
	readonly residentBytes: number;
	readonly heapBytes: number;
	readonly cpuSeconds: number;
	readonly uptimeSeconds: number;
	readonly loopDelaySeconds: number;
	readonly loopBusySeconds: number;
}

/** Of this process, now. Counted by the system and by Node all the time: between two calls nothing runs for it. */
export async function measureProcess(): Promise<ProcessMeasures> {
	const loopDelaySeconds = await measureLoopDelay();
	const { rss, heapUsed } = process.memoryUsage();
	const { user, system } = process.cpuUsage();
	return {
		residentBytes: rss,
		heapBytes: heapUsed,
		cpuSeconds: (user + system) / 1e6,
		uptimeSeconds: process.uptime(),
		loopDelaySeconds,
		loopBusySeconds: performance.eventLoopUtilization().active / 1000,
	};
}

/** A timer that is due at once runs after everything that the loop has to do before it. */
function measureLoopDelay(): Promise<number> {
	const startedAt = performance.now();
	return new Promise((resolve) => {
		setImmediate(() => {
			resolve((performance.now() - startedAt) / 1000);
		});
	});
}
