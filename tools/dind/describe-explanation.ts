import { z } from 'zod';
import type { Colour, Paint } from './terminal.ts';
import { describeDuration, wrap } from './terminal.ts';

interface Explanation {
	readonly subject: string;
	readonly app?: string | undefined;
	readonly service?: string | undefined;
	readonly state: string;
	readonly since: string | null;
	readonly sentence: string;
	readonly differences: readonly {
		readonly field: string;
		readonly is: string | null;
		readonly should: string | null;
	}[];
	readonly because: { readonly next_try?: string | undefined } | null;
	readonly ends_when: string | null;
	readonly help: string | null;
	readonly parts: readonly Explanation[];
}

/** What of `GET /v3/explain` a terminal shows (spec: v3-api 3). */
export const explanationSchema: z.ZodType<Explanation> = z.object({
	subject: z.string(),
	app: z.string().optional(),
	service: z.string().optional(),
	state: z.string(),
	since: z.string().nullable(),
	sentence: z.string(),
	differences: z.array(z.object({ field: z.string(), is: z.string().nullable(), should: z.string().nullable() })),
	because: z.object({ next_try: z.string().optional() }).nullable(),
	ends_when: z.string().nullable(),
	help: z.string().nullable(),
	get parts() {
		return z.array(explanationSchema);
	},
});

const COLOURS: Readonly<Record<string, Colour>> = {
	on_target: 'green',
	changing: 'yellow',
	waiting: 'yellow',
	failing: 'red',
	rejected: 'red',
	unknown: 'red',
};

/** One paragraph for the subject and for each of its parts that is not on target; parts stand below what they belong to. */
export function describeExplanation(
	explanation: Explanation,
	{ now, paint, indent = 0 }: { readonly now: number; readonly paint: Paint; readonly indent?: number },
): readonly string[] {
	const { subject, state, since, sentence, differences, because, ends_when: end, help, parts } = explanation;
	const time = since === null ? '' : ` for ${describeDuration(now - Date.parse(since))}`;
	const lines = [sentence];
	if (differences.length > 0) lines.push(`differs: ${differences.map(describeDifference).join(', ')}`);
	if (because?.next_try !== undefined) {
		lines.push(`next try in ${describeDuration(Date.parse(because.next_try) - now)}`);
	}
	if (end !== null) lines.push(`ends when ${end}`);
	if (help !== null) lines.push(`see ${help}`);
	const word = state.replace('_', ' ');
	const paragraph = [
		`${' '.repeat(indent)}${subject}: ${paint(COLOURS[state] ?? 'blue', word)}${time}`,
		...lines.flatMap((line) => wrap(line, indent + 2)),
	];
	return [...paragraph, ...parts.flatMap((part) => describeExplanation(part, { now, paint, indent: indent + 2 }))];
}

function describeDifference({ field, is, should }: Explanation['differences'][number]): string {
	return is === should ? field : `${field} is ${is ?? 'not set'}, should be ${should ?? 'not set'}`;
}

/** By the name of an app or a service, or by both; undefined: there is no such part. */
export function findPart(explanation: Explanation, names: readonly string[]): Explanation | undefined {
	const [name, ...rest] = names;
	if (name === undefined) return explanation;
	const matches = ({ app, service, subject }: Explanation) =>
		service === name || (service === undefined && (app === name || subject === `app ${name}`));
	const own = explanation.parts.find(matches);
	if (own !== undefined) return findPart(own, rest);
	return explanation.parts.map((part) => findPart(part, names)).find((found) => found !== undefined);
}
