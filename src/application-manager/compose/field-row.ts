import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import type { ContainerInspection } from '../../ports/engine.ts';
import type { Parse } from './parse-scalar.ts';
import type { Place } from './place.ts';
import type { ServiceScope } from './service-scope.ts';

/**
 * How a live value is compared with that of the target (spec: compose 5.1). `apart`: together with others, see
 * `compare-service.ts`. `never`: a change alone does not recreate the container.
 */
export type Comparison<T> = 'equal' | 'unordered' | 'apart' | 'never' | ((current: T, target: T) => boolean);

/** The behaviour of a field: the predecessor's, the predecessor's with a defect fixed, or one that it did not have. */
type Since = 'v19' | `fix C${number}` | 'new';

/** One field of a service: parsing, default, place in the engine, reading back, comparison. */
export interface FieldRow<T> {
	/** Key in camel case; absent for what only the supervisor sets. */
	readonly compose?: string;
	/** The accepted values, for people. */
	readonly accepts: string;
	/** Never called with null. */
	parse(value: unknown, place: Place, scope: ServiceScope): T | undefined;
	/** What version 19 made of a value that now has another meaning; `undefined` for all other values. */
	asV19?(value: unknown, scope: ServiceScope): T | undefined;
	/** The value of the container when the composition sets none. */
	byDefault(image: PlainObject): T;
	/** Its path in the create body: `HostConfig.Memory`. */
	readonly engine: readonly string[];
	/** One value for each path in `engine`; undefined leaves the path out. */
	encode(value: T): readonly unknown[];
	read(container: ContainerInspection): T;
	readonly compare: Comparison<T>;
	/** The comparison in words, where it is a rule of its own. */
	readonly compared?: string;
	/** Fields that are `new` are read only from containers created with them: see `asked-fields.ts`. */
	readonly since: Since;
}

export interface SimpleField<T> {
	readonly compose: string;
	readonly accepts: string;
	readonly parse: Parse<T>;
	readonly asV19?: (value: unknown) => T | undefined;
	readonly engine: string;
	readonly byDefault: T;
	/** Takes precedence over `byDefault`. */
	readonly fromImage?: (image: PlainObject) => T | undefined;
	/** How the engine writes it, where that differs. */
	readonly encode?: (value: T) => unknown;
	/** From the value that the engine shows, which is never null. */
	readonly decode: (raw: unknown) => T | undefined;
	/** The value when the engine shows none. */
	readonly whenAbsent: T;
	readonly compare?: Comparison<T>;
	readonly compared?: string;
	readonly since?: Since;
}

/** A field that the engine keeps at one path. */
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

/** The engine shows `HostConfig.X` of the create body there too, and everything else in `Config`. */
function readerOf(place: string): (container: ContainerInspection) => unknown {
	const [part = '', name] = place.split('.');
	return name === undefined ? ({ Config }) => Config[part] : ({ HostConfig }) => HostConfig[name];
}

/** Puts the values of a row at their paths in the create body. */
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
