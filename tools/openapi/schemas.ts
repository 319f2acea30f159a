import type { Answer, Schema } from './description.ts';

/** An object with exactly these members; those whose name ends with `?` may be missing. */
export function exactly(members: Readonly<Record<string, Schema>>): Schema {
	return { ...open(members), additionalProperties: false };
}

export const TIME: Schema = { type: 'string', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$` };

/** Why something is not on target; absent: there is nothing to explain. */
export const REASON: Readonly<Record<string, Schema>> = {
	'reason?': { type: 'string', description: 'Why it is not as wanted, in one sentence.' },
	'since?': TIME,
	'next_try?': { ...TIME, description: 'Absent: it is being tried, or waits for something.' },
};

/** The same, with other members that are not looked at. */
export function open(members: Readonly<Record<string, Schema>>): Schema {
	const names = Object.keys(members);
	const required = names.filter((name) => !name.endsWith('?'));
	return {
		type: 'object',
		...(required.length === 0 ? {} : { required }),
		properties: Object.fromEntries(Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
	};
}

export const STRING: Schema = { type: 'string' };
export const BOOLEAN: Schema = { type: 'boolean' };
export const INTEGER: Schema = { type: 'integer' };
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
export const listOf = (items: Schema): Schema => ({ type: 'array', items });
/** Of this form, or null. */
export const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
export const oneOf = (...values: readonly unknown[]): Schema => ({ enum: values });
export const text = (value: string): Schema => ({ const: value });
export const ref = (name: keyof typeof COMPONENTS): Schema => ({ $ref: `#/components/schemas/${name}` });

const PLACE = exactly({
	release: { type: ['string', 'null'] },
	'image?': STRING,
	'status?': STRING,
	'health?': { type: ['string', 'null'] },
});

/** Percent while an image is fetched. */
const PROGRESS: Schema = { type: ['number', 'null'], minimum: 0, maximum: 100 };

const CONTAINER_WORDS = ['Installing', 'Installed', 'Starting', 'Stopping', 'Dead'];
const ENGINE_WORDS = ['exited', 'paused', 'restarting', 'removing'];
const IMAGE_WORDS = ['Downloading', 'Downloaded', 'Deleting'];
const OTHER_WORDS = [...CONTAINER_WORDS, ...ENGINE_WORDS];

export const COMPONENTS = {
	Failure: exactly({ status: text('failed'), message: STRING }),
	Problem: exactly({
		type: text('about:blank'),
		title: STRING,
		status: INTEGER,
		detail: STRING,
		'issues?': listOf(exactly({ path: STRING, message: STRING })),
	}),
	Explanation: exactly({
		subject: STRING,
		'app?': { ...STRING, description: 'Uuid of the app.' },
		'service?': STRING,
		state: oneOf('on_target', 'changing', 'waiting', 'failing', 'stopped', 'rejected', 'unknown'),
		since: { type: ['string', 'null'], description: 'RFC 3339; null: not known.' },
		'clock?': { const: 'unsynchronised', description: 'No time server has set the clock: the times may be wrong.' },
		sentence: STRING,
		current: nullable(PLACE),
		wanted: nullable(PLACE),
		differences: listOf(
			exactly({ field: STRING, is: { type: ['string', 'null'] }, should: { type: ['string', 'null'] } }),
		),
		steps: listOf(
			exactly({
				kind: STRING,
				reason: STRING,
				state: oneOf('running', 'waiting'),
				'progress?': INTEGER,
				'sentence?': STRING,
			}),
		),
		because: {
			description: 'Typed by `kind`; the other members belong to the kind.',
			...nullable(open({ kind: STRING, since: TIME, 'next_try?': TIME })),
		},
		ends_when: { type: ['string', 'null'], description: 'What ends it, and what you can do.' },
		last_error: { type: ['string', 'null'] },
		help: { type: ['string', 'null'], description: 'A section of docs/troubleshooting.md.' },
		parts: listOf({ $ref: '#/components/schemas/Explanation' }), // `ref` would ask for its own type
	}),
	Success: exactly({ status: text('success') }),
	Flag: {
		description:
			'Yes is `true`, `1`, `"1"`, `"true"` or `"on"`, in any letter case. Everything else is no; it is never an error.',
		type: ['boolean', 'integer', 'string'],
		examples: [true, 'on', 1],
	},
	IntegerText: {
		description: 'A whole number, also as text: `200`, `"200"`, `"200.00"`.',
		type: ['integer', 'string'],
		pattern: String.raw`^-?\d+\.?0*$`,
	},
	ContainerId: { type: 'string', pattern: '^[a-z0-9]+$' },
	Progress: PROGRESS,
	ServiceWord: oneOf('Running', 'Handing over', 'Awaiting handover', ...OTHER_WORDS, ...IMAGE_WORDS),
	ContainerWord: oneOf('Running', ...OTHER_WORDS),
	ImageWord: oneOf(...IMAGE_WORDS),
	/** `Running` is shown as `Idle`. */
	DeviceWord: oneOf('Idle', 'Handing over', 'Awaiting handover', ...OTHER_WORDS, ...IMAGE_WORDS),
	UpdateWord: oneOf('rejected', 'aborted', 'downloading', 'downloaded', 'applying changes', 'done'),
	SystemLine: exactly({
		message: STRING,
		isSystem: { const: true },
		'timestamp?': INTEGER,
		'isStdErr?': BOOLEAN,
	}),
	ServiceLine: exactly({
		serviceName: STRING,
		message: STRING,
		isStdErr: BOOLEAN,
		timestamp: INTEGER,
		serviceId: INTEGER,
	}),
} as const satisfies Readonly<Record<string, Schema>>;

/** What went wrong, in the common form; of some failures the message is known to the letter. */
export function failure(...messages: readonly string[]): Schema {
	return messages.length === 0
		? ref('Failure')
		: exactly({ status: text('failed'), message: messages.length === 1 ? { const: messages[0] } : oneOf(...messages) });
}

/** A message that begins, or is built, like this. */
export function failureLike(pattern: string): Schema {
	return exactly({ status: text('failed'), message: { type: 'string', pattern } });
}

const LOCKED_PATTERN = String.raw`^(Lockfile exists for \{ appId: \d+, service: .+ \}|Locks for app \d+ are being held by another supervisor operation)$`;

export const OK: Answer = { description: 'Done.', html: text('OK') };
export const LOCKED: Answer = {
	description: 'An update lock is held, and was not overridden.',
	json: failureLike(LOCKED_PATTERN),
	example: { status: 'failed', message: 'Lockfile exists for { appId: 1234, service: main }' },
};
export const OUT_OF_SCOPE: Answer = {
	description: 'The key does not cover the app.',
	json: failure('Unauthorized'),
};
