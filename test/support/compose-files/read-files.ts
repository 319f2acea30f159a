import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

/** Files as users write them, each beside what its user expects of it: see the README there. */
const FOLDER = join(import.meta.dirname, '../../fixtures/compose-files');
const EXPECTATION = '.expect.yml';

/** How a notice begins, which says what became of the value. */
const KINDS = {
	ignored: /^Ignoring /,
	'left out': /^Leaving the service out: /,
	/** Anything else: what is taken instead, or will not go well. */
	warned: /^(?!Ignoring |Leaving the service out)/,
} as const;

const factsSchema = z.strictObject({
	restart: z.optional(z.string()),
	/** `127.0.0.1:8080->80/tcp`, all of them. */
	ports: z.optional(z.array(z.string())),
	/** `data:/data:ro`, `/anonymous`, `tmpfs:/run:size=64m`; all but the folder of the locks. */
	mounts: z.optional(z.array(z.string())),
	/** Name → fixed address, empty without one; all of them. */
	networks: z.optional(z.record(z.string(), z.string())),
	/** Some of them. */
	environment: z.optional(z.record(z.string(), z.string())),
	/** Some of them. */
	labels: z.optional(z.record(z.string(), z.string())),
	caps: z.optional(z.array(z.string())),
	/** Path in the container and permissions, all of them: `/dev/ttyUSB0 rwm`. */
	devices: z.optional(z.array(z.string())),
	/** Path in the create request, which the engine also shows → value. */
	engine: z.optional(z.record(z.string(), z.unknown())),
	/** Path in the create request → value, if the test machine does not support it. */
	asked: z.optional(z.record(z.string(), z.unknown())),
});
const resourceFactsSchema = z.record(z.string(), z.record(z.string(), z.unknown()));
const machineSchema = z.array(
	z.strictObject({
		at: z.string(),
		why: z.string(),
		/** Nothing: it is left out. */
		instead: z.optional(z.unknown()),
	}),
);
/** Current behaviour that differs from the user's expectation. Remove it when the code is fixed. */
const notYet = z.optional(z.string());
const expectationSchema = z.discriminatedUnion('outcome', [
	z.strictObject({
		outcome: z.literal('runs'),
		notYet,
		/** Path → kind. */
		notices: z.prefault(z.record(z.string(), z.enum(['ignored', 'left out', 'warned'])), {}),
		services: z.prefault(z.record(z.string(), factsSchema), {}),
		/** Path in the create request → value. */
		networks: z.prefault(resourceFactsSchema, {}),
		/** Services that end by themselves, well. */
		ends: z.prefault(z.array(z.string()), []),
		/** Features that the test machine does not support. */
		machine: z.prefault(machineSchema, []),
	}),
	z.strictObject({
		outcome: z.literal('refused'),
		notYet,
		/** By the target as a whole, whose release is then not looked at. */
		by: z.prefault(z.enum(['release', 'target']), 'release'),
		/** Path → words. */
		because: z.record(z.string(), z.string()),
	}),
]);

type Expectation = z.output<typeof expectationSchema>;
export type Runs = Extract<Expectation, { readonly outcome: 'runs' }>;
export type Refused = Extract<Expectation, { readonly outcome: 'refused' }>;
export type Facts = z.output<typeof factsSchema>;
type Kind = keyof typeof KINDS;

export interface ComposeFile {
	readonly name: string;
	readonly composition: {
		readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
		readonly networks?: Readonly<Record<string, unknown>>;
		readonly volumes?: Readonly<Record<string, unknown>>;
	};
	readonly expectation: Expectation;
}

export function readComposeFiles(): readonly ComposeFile[] {
	const names = readdirSync(FOLDER).filter((file) => file.endsWith(EXPECTATION));
	return names.sort().map((file) => {
		const name = file.slice(0, -EXPECTATION.length);
		const expectation = expectationSchema.safeParse(readYaml(file));
		if (!expectation.success) {
			throw new Error(`${file}: ${z.prettifyError(expectation.error)}`);
		}
		// Any content: that is under test.
		return { name, composition: readYaml(`${name}.yml`) as ComposeFile['composition'], expectation: expectation.data };
	});
}

/** The files that have no expectation beside them. */
export function namesWithoutExpectation(): readonly string[] {
	const files = new Set(readdirSync(FOLDER));
	return [...files]
		.filter((file) => file.endsWith('.yml') && !file.endsWith(EXPECTATION))
		.filter((file) => !files.has(file.replace(/\.yml$/, EXPECTATION)));
}

function readYaml(file: string): unknown {
	return parse(readFileSync(join(FOLDER, file), 'utf8'), { merge: true });
}

/** `expected` if the message is of that kind, and what it says otherwise. */
export function kindOf(message: string, expected: string | undefined): string {
	const isSo = expected !== undefined && Object.hasOwn(KINDS, expected) && KINDS[expected as Kind].test(message);
	return isSo ? expected : message;
}

/** Paths without the app and the release in front, which each run names otherwise. */
export function pathInFile(path: string): string {
	return path.replace(/^apps\.[^.]+\.(?:releases\.[^.]+\.)?/, '');
}
