/** The process: its environment in, signals, an exit code out. Everything else is built by `supervisor.ts`. */
import packageInfo from '../package.json' with { type: 'json' };
import { createSupervisor } from './supervisor.ts';

/** 128 + SIGTERM: what service managers expect of a process that ended because it was told to. */
const EXIT_TERMINATED = 143;
const EXIT_FAILED = 1;

/** For tests of power cuts: as good as a cut, at a place that can be named. `undefined` on a device. */
function endAfterSteps(): ((count: number) => void) | undefined {
	const limit = Number(process.env['SUPERVISOR_TEST_EXIT_AFTER_STEPS'] ?? '');
	return limit > 0
		? (count) => {
				if (count >= limit) process.kill(process.pid, 'SIGKILL');
			}
		: undefined;
}

async function main(): Promise<number> {
	const supervisor = createSupervisor(process.env, packageInfo.version, { stepEnded: endAfterSteps() });
	// Programs that we start look for the engine there too (spec: config 1).
	process.env['DOCKER_HOST'] ??= supervisor.dockerHost;
	const abort = new AbortController();
	for (const signal of ['SIGTERM', 'SIGINT'] as const) {
		process.once(signal, () => {
			supervisor.log.info(`Received ${signal}. Exiting.`);
			abort.abort();
		});
	}
	return (await supervisor.run(abort.signal)) ? EXIT_TERMINATED : EXIT_FAILED;
}

void main().then((code) => {
	// What still hangs (a socket, a timer) must not keep a process alive that has said goodbye.
	process.exit(code);
});
