import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { DeviceError } from '../device/index.ts';
import type { PreparedRelease } from './prepare-release.ts';
import { SupervisorApi } from './supervisor-api.ts';

const APP_ID = 1;

/** What a device without a cloud is told to run (spec: device-api 5.11). */
interface LocalTarget {
	readonly commit: string;
	readonly local: object;
}

/** The same file makes the same release: its commit follows from its content. */
export function composeLocalTarget(
	{ composition, images }: PreparedRelease,
	options: {
		readonly folder: string;
		/** Of this machine: what a variable without a value stands for. */
		readonly env: Readonly<Record<string, string | undefined>>;
	},
): LocalTarget {
	const { services, name } = composition;
	const listed = Object.entries(services).map(([serviceName, service], at) => [
		String(at + 1),
		{
			...service,
			serviceName,
			imageId: at + 1,
			image: images[serviceName],
			environment: readMap(service['environment'], options.env),
			labels: readMap(service['labels'], {}),
		},
	]);
	const app = {
		name: typeof name === 'string' ? name : basename(options.folder) || 'app',
		services: Object.fromEntries(listed) as object,
		networks: fillGaps(composition['networks']),
		volumes: fillGaps(composition['volumes']),
	};
	const commit = createHash('sha256').update(JSON.stringify(app)).digest('hex').slice(0, 32);
	const local = { apps: { [APP_ID]: { ...app, commit, releaseId: APP_ID } } };
	return { commit, local };
}

export async function setLocalTarget(port: number, { local }: LocalTarget): Promise<void> {
	const refusal = await new SupervisorApi(port, undefined).setLocalTarget(local);
	if (refusal === undefined) return;
	const reason = refusal.trim().split('\n').join('; ').replace(/\.$/, '');
	throw new DeviceError(`The device refuses the release: ${reason}`, 'Correct the compose file and repeat');
}

/** Both forms of compose files: a list of `NAME=value`, or a map. */
function readMap(value: unknown, env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
	const entries = Array.isArray(value)
		? value.map((line: unknown) => splitAssignment(String(line)))
		: Object.entries(value ?? {});
	return Object.fromEntries(
		entries.flatMap(([name, text]: readonly [string, unknown]) => {
			const given: unknown = text ?? env[name];
			return given === undefined ? [] : [[name, typeof given === 'string' ? given : JSON.stringify(given)]];
		}),
	);
}

function splitAssignment(line: string): readonly [string, unknown] {
	const at = line.indexOf('=');
	return at < 0 ? [line, undefined] : [line.slice(0, at), line.slice(at + 1)];
}

/** `volumes: {data: }` is usual in a compose file, and null is no volume for the API. */
function fillGaps(members: unknown): unknown {
	// What is wrong with it is for the device to say.
	if (typeof members !== 'object' || members === null || Array.isArray(members)) return members ?? {};
	return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, value ?? {}]));
}
