/** The process: its environment in, signals, an exit code out. Everything else is built by `supervisor.ts`. */
import packageInfo from '../package.json' with { type: 'json' };
import { createSupervisor } from './supervisor.ts';

/** 128 + SIGTERM: service managers expect it of a process that ended on request. */
const EXIT_TERMINATED = 143;
const EXIT_FAILED = 1;

/** For tests of power cuts: kills the process after a given number of steps. `undefined` on a device. */
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
	// Programs that we start find the engine there too (spec: config 1).
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
	// Leaked sockets or timers must not keep the process alive.
	process.exit(code);
});
