import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError, UnsupportedError } from './device-error.ts';
import { pingEngine } from './device-host.ts';
import { findByArgument, findParent, readProcess, signalProcess, type ProcessIdentity } from './process-identity.ts';

/** How the host starts its engine the next time; see `run-engine.sh`. */
export interface EngineStart {
	/** `socket`: the host always listens and passes the socket to the engine, so that no connection is refused. */
	readonly activation: 'plain' | 'socket';
	/** `child`: of the engine, as on balenaOS. `separate`: of the host, as Debian and Docker package it. */
	readonly containerd: 'child' | 'separate';
	/** How long an engine that ended stays down. */
	readonly pauseSeconds: number;
}

export interface EngineEnd {
	readonly signal: 'SIGTERM' | 'SIGKILL';
	/** At the same moment. A containerd that is a child of the engine ends with it in any case. */
	readonly withContainerd: boolean;
}

export const USUAL_START: EngineStart = { activation: 'plain', containerd: 'child', pauseSeconds: 1 };

const STOP_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 60_000;
const PAUSE_MS = 20;
const CHILD_CONFIG = '/containerd/containerd.toml';

/**
 * Applies from the next start of the engine. Change from `socket` back to `plain` only without clients: the host keeps
 * holding the socket, and clients that wait there would get no answer.
 */
export function chooseEngineStart(socketPath: string, start: EngineStart): void {
	const lines = [
		`ENGINE_ACTIVATION=${start.activation}`,
		`ENGINE_CONTAINERD=${start.containerd}`,
		`ENGINE_PAUSE=${start.pauseSeconds}`,
	];
	writeFileSync(join(dirname(socketPath), 'engine.env'), `${lines.join('\n')}\n`);
}

/**
 * Ends the engine behind a socket, by asking or by force, and returns when it has ended. The host starts it again.
 * Works inside and outside of the host.
 */
export async function endEngine(socketPath: string, end: EngineEnd): Promise<void> {
	const engine = findEngine(socketPath);
	const containerd = findContainerd(socketPath, engine);
	if (end.withContainerd && containerd === undefined) {
		throw new DeviceError('The engine has no containerd yet', 'Wait until it answers');
	}
	signalProcess(engine, end.signal);
	if (end.withContainerd && containerd !== undefined) signalProcess(containerd, end.signal);
	// Its first thread ends long before the last one closes the socket. The host's init notices at once.
	await waitFor('end', STOP_TIMEOUT_MS, () => Promise.resolve(!existsSync(`/proc/${engine.pid}`)));
}

/** Returns when it answers: one that is about to come is listening before. */
export function waitForEngine(socketPath: string): Promise<void> {
	return waitFor('start again', START_TIMEOUT_MS, () => pingEngine(socketPath));
}

/** Ends it in order, as the host's init system does for an update of it, and waits until it is back. */
export async function restartEngine(socketPath: string): Promise<void> {
	await endEngine(socketPath, { signal: 'SIGTERM', withContainerd: false });
	await waitForEngine(socketPath);
}

/** Whether it can be ended here: it is of ours, and it runs. */
export function hasPrivateEngine(socketPath: string): boolean {
	return findProcesses(join(dirname(socketPath), 'engine')).length === 1;
}

/** Only an engine of ours keeps its data there. */
export function findEngine(socketPath: string): ProcessIdentity {
	const [engine, ...others] = findProcesses(join(dirname(socketPath), 'engine'));
	if (engine === undefined || others.length > 0) {
		throw new UnsupportedError('This is no private engine', 'Run the command through tools/device/run-inside.ts');
	}
	return engine;
}

/** The one that this engine uses, be it a child of it or not. */
export function findContainerd(socketPath: string, engine: ProcessIdentity): ProcessIdentity | undefined {
	const [separate] = findProcesses(join(dirname(socketPath), 'containerd'));
	return separate ?? findProcesses(`/run/docker${CHILD_CONFIG}`).find(({ pid }) => findParent(pid) === engine.pid);
}

function findProcesses(argument: string): readonly ProcessIdentity[] {
	return findByArgument(argument)
		.map(readProcess)
		.filter((found) => found !== undefined);
}

async function waitFor(what: string, timeoutMs: number, condition: () => Promise<boolean>): Promise<void> {
	const deadline = performance.now() + timeoutMs;
	while (!(await condition())) {
		if (performance.now() > deadline) {
			throw new DeviceError(`The engine did not ${what} in time`, 'Read logs/engine.log in the folder of the device');
		}
		await sleep(PAUSE_MS);
	}
}
