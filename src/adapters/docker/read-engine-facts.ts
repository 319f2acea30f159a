import Docker from 'dockerode';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { EngineFacts } from '../../ports/engine-facts.ts';
import { parseHost } from './parse-host.ts';
import { within } from './within.ts';

const LIMIT_MS = 10_000;
const GPU_RUNTIME = 'nvidia';

/** The types of dockerode do not declare the options of these two. */
type Described = Readonly<Record<'version' | 'info', (options: { abortSignal: AbortSignal }) => Promise<unknown>>>;

/** Asks the engine at this address for its version and abilities. */
export async function readEngineFacts(host: string): Promise<EngineFacts> {
	const docker: object = new Docker(parseHost(host));
	const engine = docker as Described;
	const [version, info] = await within({ doing: 'describe itself', limitMs: LIMIT_MS }, (options) =>
		Promise.all([engine.version(options), engine.info(options)]),
	);
	return parseEngineFacts(version, info);
}

/** Pure. From the answers to `/version` and `/info`. */
export function parseEngineFacts(version: unknown, info: unknown): EngineFacts {
	const said: Readonly<Record<string, unknown>> = isPlainObject(version) ? version : {};
	const facts: Readonly<Record<string, unknown>> = isPlainObject(info) ? info : {};
	return {
		version: textIn(said, 'Version'),
		apiVersion: textIn(said, 'ApiVersion'),
		storageDriver: textIn(facts, 'Driver'),
		cgroupVersion: textIn(facts, 'CgroupVersion'),
		limitsMemory: flagIn(facts, 'MemoryLimit'),
		limitsSwap: flagIn(facts, 'SwapLimit'),
		gpuSources: [
			...(isPlainObject(facts['Runtimes']) && GPU_RUNTIME in facts['Runtimes'] ? [GPU_RUNTIME] : []),
			...(Array.isArray(facts['CDISpecDirs']) ? facts['CDISpecDirs'].map((path) => `CDI ${String(path)}`) : []),
		],
	};
}

function textIn(object: Readonly<Record<string, unknown>>, name: string): string | undefined {
	const value = object[name];
	return typeof value === 'string' && value !== '' ? value : undefined;
}

function flagIn(object: Readonly<Record<string, unknown>>, name: string): boolean | undefined {
	const value = object[name];
	return typeof value === 'boolean' ? value : undefined;
}
