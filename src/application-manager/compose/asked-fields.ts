import type { ServiceConfig } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import type { FieldRow } from './field-row.ts';
import type { Labels } from './labels.ts';

/**
 * The values that a composition asks for in keys that version 19 did not know, as a label of the container. For such a
 * field the answer of the engine is not enough: the engine fills in its own defaults, and drops what the kernel does
 * not support. When a composition asks for none there is no label, so the containers of version 19 stay equal.
 */
const ASKED = 'io.balena.private.compose';

export function withAsked(labels: Labels, asked: PlainObject): Labels {
	const isAsked = Object.keys(asked).length > 0;
	// A label of the image would be taken for ours.
	return isAsked || Object.hasOwn(labels, ASKED) ? { ...labels, [ASKED]: JSON.stringify(asked) } : labels;
}

export function readAsked(labels: Labels): PlainObject {
	const text = labels[ASKED];
	try {
		const asked: unknown = text === undefined ? {} : JSON.parse(text);
		return isPlainObject(asked) ? asked : {};
	} catch {
		return {}; // not our label, so the composition asked for nothing
	}
}

/** The value of a field in a live container, where the field's row alone does not decide. */
export function valueInContainer(
	key: keyof ServiceConfig,
	row: FieldRow<unknown>,
	asked: PlainObject,
	read: () => unknown,
): unknown {
	if (row.since !== 'new') {
		return read();
	}
	const wanted = Object.hasOwn(asked, key) ? asked[key] : undefined;
	return wanted === undefined ? undefined : (read() ?? wanted);
}
