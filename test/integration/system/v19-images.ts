import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildAndPush, builtName } from '../../../tools/device/index.ts';
import type { RealEngine } from '../../support/real-engine.ts';

export interface V19Images {
	/** `registry/repo@sha256:…` of the image that most vectors have. */
	readonly plain: string;
	/** Of the one whose configuration has something of everything. */
	readonly rich: string;
	/** Of the engine, for one of these two or a reference that `adopt` was given. */
	idOf(reference: string): string;
	/** A reference under which version 19 once fetched the plain image. */
	adopt(reference: string): Promise<void>;
}

/** Replaces the command of any vector: the engine would restart a container that ends again and again. */
const PROGRAMS = ['idle', 'entry.sh', 'bin/sh', 'bin/echo', 'bin/ls', 'bin/a', 'bin/true', 'bin/run'];
/** Ends when asked to: the first process of a container is not ended by a signal that it does not wait for. */
const IDLE = "#!/busybox sh\ntrap 'exit 0' TERM INT\n/busybox sleep 86400 &\nwait\n";

/** The configurations that the vectors were recorded with. */
const PLAIN = ['ENV PATH=/bin IMAGE=main:1', 'CMD ["/idle"]'];
const RICH = [
	'ENV PATH=/bin FROM_IMAGE=yes OVERRIDE=image WITH_EQ=a=b',
	'LABEL io.example.image=1 io.balena.features.sysfs=1',
	'WORKDIR /usr/src/app/',
	'USER app',
	'VOLUME /imgvol',
	'EXPOSE 8080',
	'STOPSIGNAL SIGINT',
	'HEALTHCHECK --interval=30s --timeout=5s --retries=2 CMD true',
	'ENTRYPOINT ["/entry.sh"]',
	'CMD ["/idle", "--flag"]',
];

/** Pulled by digest and tagged, as version 19 leaves an image (spec: compose 8.2). */
export async function pullV19Images(engine: RealEngine): Promise<V19Images> {
	const folder = mkdtempSync(join(tmpdir(), 'v19-image-'));
	const ids = new Map<string, string>();
	try {
		layOut(folder);
		const plain = await pull(engine, { folder, name: 'v19-plain', config: PLAIN, ids });
		const rich = await pull(engine, { folder, name: 'v19-rich', config: RICH, ids });
		const idOf = (reference: string) => {
			const id = ids.get(reference);
			if (id === undefined) throw new Error(`no image was made for ${reference}`);
			return id;
		};
		return {
			plain,
			rich,
			idOf,
			adopt: async (reference) => {
				const id = idOf(plain);
				ids.set(reference, id);
				await engine.docker('tag', id, tagOf(reference));
			},
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function layOut(folder: string): void {
	const files: Record<string, string> = {
		...Object.fromEntries(PROGRAMS.map((program) => [program, IDLE])),
		'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n',
		'etc/group': 'root:x:0:\napp:x:1000:\n',
	};
	for (const [name, content] of Object.entries(files)) {
		const path = join(folder, 'files', name);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, content);
		chmodSync(path, 0o755);
	}
}

async function pull(
	engine: RealEngine,
	image: {
		readonly folder: string;
		readonly name: string;
		readonly config: readonly string[];
		ids: Map<string, string>;
	},
): Promise<string> {
	const { folder, name, ids } = image;
	const { socketPath, registry } = engine;
	const base = process.env['TEST_BASE_IMAGE'] ?? '';
	const lines = [`FROM ${base} AS base`, 'FROM scratch', 'COPY --from=base /bin/busybox /busybox', 'COPY files /'];
	writeFileSync(join(folder, 'Dockerfile'), [...lines, ...image.config, ''].join('\n'));
	const { reference } = await buildAndPush({ socketPath, registry, name, context: folder });
	await engine.docker('rmi', '--force', builtName(name));
	await engine.docker('pull', reference);
	await engine.docker('tag', reference, tagOf(reference));
	ids.set(reference, (await engine.docker('image', 'inspect', '--format', '{{.Id}}', reference)).trim());
	return reference;
}

/** As the tables have it: a digest leaves no room for a tag, and without either the tag is `latest` (spec: compose 8.1). */
export function normalised(reference: string): string {
	const [name = '', digest] = reference.split('@');
	const repository = name.replace(/:[^:/]+$/, '');
	if (digest !== undefined) {
		return `${repository}@${digest}`;
	}
	return repository === name ? `${name}:latest` : name;
}

function tagOf(reference: string): string {
	return normalised(reference).replace(/@.*$/, ':latest');
}
