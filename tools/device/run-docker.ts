import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { DeviceError } from './device-error.ts';

/** Advice about docker itself. */
const NOISE =
	/^(DEPRECATED|(See|Run) 'docker|\s+(BuildKit is currently|environment-variable|Install the buildx|https:\S+buildx))/;
/** What is shown of the output of a build that failed: the cause stands near its end. */
const BUILD_LINES = 60;

/**
 * Runs the docker command against the engine behind a socket and returns what it printed. Without a socket: against
 * the engine that the command finds by itself.
 */
export async function runDocker(
	socketPath: string | undefined,
	args: readonly string[],
	options: { readonly input?: Readable; readonly signal?: AbortSignal } = {},
): Promise<string> {
	// The classic builder is part of every engine; the newer one is a separate package.
	const engine = socketPath === undefined ? {} : { DOCKER_HOST: `unix://${socketPath}` };
	const env = { ...process.env, ...engine, DOCKER_BUILDKIT: '0' };
	const child = spawn('docker', args, { env, stdio: ['pipe', 'pipe', 'pipe'], signal: options.signal });
	child.stdin.on('error', () => undefined); // it ended before reading all; its exit code is reported
	if (options.input === undefined) child.stdin.end();
	else options.input.pipe(child.stdin);
	const output: Buffer[] = [];
	const errors: Buffer[] = [];
	child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
	child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
	const code = await new Promise<number | null>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	if (code === 0) return Buffer.concat(output).toString();
	throw describeFailure(args, Buffer.concat([...output, ...errors]).toString());
}

function describeFailure(args: readonly string[], output: string): DeviceError {
	const lines = output
		.replaceAll(/\u001b\[\d*m/g, '') // the builder colours what a command prints to stderr
		.split('\n')
		.filter((line) => line.trim() !== '' && !NOISE.test(line));
	const reason = (lines.at(-1) ?? 'no output').trim().replace(/\.$/, '');
	if (/no space left on device/i.test(output)) return new DeviceError('The disk is full', 'Free some space and repeat');
	if (/Cannot connect to the Docker daemon|error during connect/.test(output)) {
		return new DeviceError('The engine does not answer', 'Look at its log, then stop and run again');
	}
	const details = args[0] === 'build' ? { details: lines.slice(-BUILD_LINES).join('\n') } : {};
	return new DeviceError(
		`docker ${args[0] ?? ''} failed: ${reason}`,
		'Correct what it complains about and repeat',
		details,
	);
}
