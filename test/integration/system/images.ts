import type { RealEngine } from '../../support/real-engine.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** Tiny images that differ by their name alone. Each is pushed once in the life of the registry, as that takes a second. */
export async function ensureImages(engine: RealEngine, names: readonly string[]): Promise<readonly string[]> {
	const references: string[] = [];
	for (const name of names) {
		references.push((await findImage(engine, name)) ?? (await engine.pushImage(name)));
	}
	return references;
}

/** From the engine, by a pattern of references, with all other names that they have. */
export async function removeImages(engine: RealEngine, pattern: string): Promise<void> {
	const output = await engine.docker('images', '--quiet', '--filter', `reference=${pattern}`);
	const ids = [...new Set(output.split('\n').filter((id) => id !== ''))];
	if (ids.length > 0) await engine.docker('rmi', '--force', ...ids);
}

/** A reference that looks like the others and leads nowhere. */
export function inventImage(engine: RealEngine): string {
	return `${engine.registry}/v2/nowhere@sha256:${'0'.repeat(64)}`;
}

async function findImage({ registry }: RealEngine, name: string): Promise<string | undefined> {
	const url = `http://${registry}/v2/v2/${name}/manifests/latest`;
	const response = await fetch(url, { method: 'HEAD', headers: { accept: MANIFEST } });
	const digest = response.headers.get('docker-content-digest');
	return response.ok && digest !== null ? `${registry}/v2/${name}@${digest}` : undefined;
}
