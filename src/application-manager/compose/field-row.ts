import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import type { ContainerInspection } from '../../ports/engine.ts';
import type { Parse } from './parse-scalar.ts';
import type { Place } from './place.ts';
import type { ServiceScope } from './service-scope.ts';

/**
 * How a live value is compared with the target's (spec: compose 5.1). `apart`: not by itself, see `compare-service.ts`.
 * `never`: a change alone does not create the container again.
 */
export type Comparison<T> = 'equal' | 'unordered' | 'apart' | 'never' | ((current: T, target: T) => boolean);

/** Which behaviour a field has: the predecessor's, the predecessor's with a defect mended, or one that it did not have. */
type Since = 'v19' | `fix C${number}` | 'new';

/** One field of a service, completely: the way in, the default, the engine's side, the way back, the comparison. */
export interface FieldRow<T> {
	/** Key in camel case; absent for what only the supervisor sets. */
	readonly compose?: string;
	/** What may stand there, for people. */
	readonly accepts: string;
	/** Never called for null. */
	parse(value: unknown, place: Place, scope: ServiceScope): T | undefined;
	/** What version 19 made of a value that means something else by now; `undefined` for all others. */
	asV19?(value: unknown, scope: ServiceScope): T | undefined;
	/** What the container gets when the composition says nothing. */
	byDefault(image: PlainObject): T;
	/** Where the create body holds it: `HostConfig.Memory`. */
	readonly engine: readonly string[];
	/** One value for each place in `engine`; undefined leaves the place out. */
	encode(value: T): readonly unknown[];
	read(container: ContainerInspection): T;
	readonly compare: Comparison<T>;
	/** The comparison for people, where it is a rule of its own. */
	readonly compared?: string;
	/** Fields that are `new` are read only from containers made with them: see `asked-fields.ts`. */
	readonly since: Since;
}

export interface SimpleField<T> {
	readonly compose: string;
	readonly accepts: string;
	readonly parse: Parse<T>;
	readonly asV19?: (value: unknown) => T | undefined;
	readonly engine: string;
	readonly byDefault: T;
	/** Goes before `byDefault`. */
	readonly fromImage?: (image: PlainObject) => T | undefined;
	/** How the engine writes it, where that differs. */
	readonly encode?: (value: T) => unknown;
	/** From what the engine shows, which is never null. */
	readonly decode: (raw: unknown) => T | undefined;
	/** What it means that the engine shows nothing. */
	readonly whenAbsent: T;
	readonly compare?: Comparison<T>;
	readonly compared?: string;
	readonly since?: Since;
}

/** A field that the engine keeps in one place. */
export function simpleField<T extends string | number | boolean | object | undefined>(
	field: SimpleField<T>,
): FieldRow<T> {
	const read = readerOf(field.engine);
	const { byDefault, fromImage, encode } = field;
	return {
		compose: field.compose,
		accepts: field.accepts,
		parse: field.parse,
		...(field.asV19 !== undefined && { asV19: field.asV19 }),
		byDefault: (image) => fromImage?.(image) ?? byDefault,
		engine: [field.engine],
		encode: (value) => [encode === undefined || value === undefined ? value : encode(value)],
		read: (container) => {
			const raw = read(container);
			return (raw == null ? undefined : field.decode(raw)) ?? field.whenAbsent;
		},
		compare: field.compare ?? 'equal',
		...(field.compared !== undefined && { compared: field.compared }),
		since: field.since ?? 'v19',
	};
}

/** `HostConfig.X` of the create body is shown there too, everything else is shown in `Config`. */
function readerOf(place: string): (container: ContainerInspection) => unknown {
	const [part = '', name] = place.split('.');
	return name === undefined ? ({ Config }) => Config[part] : ({ HostConfig }) => HostConfig[name];
}

/** Puts the values of a row where the create body holds them. */
export function writeField<T>(row: FieldRow<T>, value: T, body: Record<string, unknown>): void {
	const values = row.encode(value);
	for (const [index, place] of row.engine.entries()) {
		const encoded = values[index];
		const [part = '', name] = place.split('.');
		if (encoded === undefined) {
			continue;
		}
		if (name === undefined) {
			body[part] = encoded;
		} else {
			const inner = body[part];
			body[part] = { ...(isPlainObject(inner) ? inner : {}), [name]: encoded };
		}
	}
}

export function decodeText(raw: unknown): string | undefined {
	return typeof raw === 'string' ? raw : undefined;
}

export function decodeNumber(raw: unknown): number | undefined {
	return typeof raw === 'number' ? raw : undefined;
}

export function decodeFlag(raw: unknown): boolean | undefined {
	return typeof raw === 'boolean' ? raw : undefined;
}

export function decodeTexts(raw: unknown): readonly string[] | undefined {
	return Array.isArray(raw) ? raw.filter((item) => typeof item === 'string') : undefined;
}
