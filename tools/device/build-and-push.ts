import { runDocker } from './run-docker.ts';

interface Push {
	readonly socketPath: string;
	readonly registry: string;
	/** Name of the image below `v2/` in the registry. */
	readonly name: string;
	readonly signal?: AbortSignal;
}

/** Builds a folder and pushes the result; unchanged content keeps its digest, by the engine's build cache. */
export async function buildAndPush(
	options: Push & {
		readonly context: string;
		readonly dockerfile?: string;
		readonly buildArgs?: Readonly<Record<string, string>>;
	},
): Promise<{ readonly reference: string }> {
	const tag = builtName(options.name);
	const file = options.dockerfile === undefined ? [] : ['--file', options.dockerfile];
	const buildArgs = Object.entries(options.buildArgs ?? {}).flatMap(([key, value]) => [
		'--build-arg',
		`${key}=${value}`,
	]);
	await runDocker(options.socketPath, ['build', '--tag', tag, ...file, ...buildArgs, options.context], pass(options));
	return pushImage({ ...options, image: tag });
}

/** The name of a built image on the engine: without it the next build would not use the cache. */
export function builtName(name: string): string {
	return `built/${name}`;
}

/**
 * Pushes an image the engine has, or can pull, under a name in the registry. The engine forgets that name, so that a
 * device on it has to fetch the image like any other.
 */
export async function pushImage(options: Push & { readonly image: string }): Promise<{ readonly reference: string }> {
	const tag = `${options.registry}/v2/${options.name}`;
	await runDocker(options.socketPath, ['tag', options.image, tag], pass(options));
	const output = await runDocker(options.socketPath, ['push', tag], pass(options));
	const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
	if (digest === undefined) throw new Error(`the engine named no digest for ${tag}`);
	await runDocker(options.socketPath, ['rmi', tag], pass(options)); // its digests go with the last tag of a repository
	return { reference: `${tag}@${digest}` };
}

function pass(options: Push): { readonly signal?: AbortSignal } {
	return options.signal === undefined ? {} : { signal: options.signal };
}
