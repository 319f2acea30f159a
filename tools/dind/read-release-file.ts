import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { ComposeFileError } from '../compose-file/compose-file-error.ts';
import { interpolate } from '../compose-file/interpolate.ts';
import type { Variables } from '../compose-file/interpolate.ts';
import { parseEnvFile } from '../compose-file/parse-env-file.ts';
import { parseYaml } from '../compose-file/parse-yaml.ts';
import { DeviceError } from '../device/index.ts';

const buildSchema = z.union([
	z.string().transform((context) => ({ context, dockerfile: undefined, args: {} })),
	z.object({
		context: z.string().default('.'),
		dockerfile: z.string().optional(),
		args: z
			.union([
				z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).transform(textsOf),
				z.array(z.string()).transform((lines) => Object.fromEntries(lines.map(splitAssignment))),
			])
			.default({}),
	}),
]);
const fileSchema = z.looseObject({
	services: z.record(z.string(), z.looseObject({ build: buildSchema.optional(), image: z.string().optional() })),
});

export interface ReleaseFile {
	readonly folder: string;
	readonly composition: z.infer<typeof fileSchema>;
}
/** As docker compose reads it, with the variables of this environment and of the env files, by default of `.env` beside it. */
export function readReleaseFile(path: string, envFiles: readonly string[] = []): ReleaseFile {
	const folder = dirname(resolve(path));
	const variables = readVariables(folder, envFiles);
	const content = explain(path, () => interpolate(parseYaml(readText(path)), variables));
	const result = fileSchema.safeParse(content);
	if (!result.success) {
		const [issue] = result.error.issues;
		const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
		throw new DeviceError(`${path} is no compose file (${where})`, 'Correct the file');
	}
	for (const [name, service] of Object.entries(result.data.services)) refuseBindsOfFolders(path, name, service.volumes);
	return { folder, composition: result.data };
}

function readVariables(folder: string, envFiles: readonly string[]): Variables {
	const usual = join(folder, '.env');
	const paths = envFiles.length > 0 || !existsSync(usual) ? envFiles : [usual];
	let variables: Variables = process.env;
	for (const path of paths) {
		const read = explain(path, () => parseEnvFile(readText(path), { environment: variables }));
		// The environment goes before files, and a later file before an earlier one.
		variables = { ...variables, ...read, ...process.env };
	}
	return variables;
}

function readText(path: string): string {
	if (!existsSync(path)) throw new DeviceError(`There is no file ${path}`, 'Give the name of a file that is there');
	try {
		return readFileSync(path, 'utf8');
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new DeviceError(`${path} cannot be read: ${reason}`, 'Give the name of another file', { cause });
	}
}

function explain<T>(path: string, read: () => T): T {
	try {
		return read();
	} catch (cause) {
		if (!(cause instanceof ComposeFileError)) throw cause;
		throw new DeviceError(`${path}: ${cause.problem}`, cause.remedy, { cause });
	}
}

/** The device would refuse the whole release, after its images were built. */
function refuseBindsOfFolders(path: string, serviceName: string, volumes: unknown): void {
	for (const [index, volume] of (Array.isArray(volumes) ? volumes : []).entries()) {
		const source = sourceOf(volume);
		if (!/^[.~]/.test(source)) continue;
		const where = `${path}: services.${serviceName}.volumes[${index}]`;
		const remedy = 'COPY it into the image with a Dockerfile and build:, or use a named volume';
		throw new DeviceError(`${where} binds ${source}, a path of this machine that the device does not have`, remedy);
	}
}

function sourceOf(volume: unknown): string {
	if (typeof volume === 'string') return volume.slice(0, Math.max(volume.indexOf(':'), 0));
	const long = z.object({ type: z.literal('bind'), source: z.string() }).safeParse(volume);
	return long.data?.source ?? '';
}

/** An argument without a value comes from this environment, as in docker compose. */
function textsOf(args: Readonly<Record<string, string | number | boolean | null>>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(args).map(([name, value]) => [name, String(value ?? process.env[name] ?? '')]),
	);
}

function splitAssignment(line: string): readonly [string, string] {
	const at = line.indexOf('=');
	return at < 0 ? [line, process.env[line] ?? ''] : [line.slice(0, at), line.slice(at + 1)];
}
