import type { ServiceConfig } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import type { FieldRow } from './field-row.ts';
import type { Labels } from './labels.ts';

/**
 * What a composition asks for in keys that version 19 did not know, as a label of the container. Of such a field the
 * engine's answer alone does not say enough: it fills in defaults of its own, and it drops what the kernel cannot do.
 * Without anything asked there is no label, so the containers of version 19 stay equal.
 */
const ASKED = 'io.balena.private.compose';

export function withAsked(labels: Labels, asked: PlainObject): Labels {
	const isAsked = Object.keys(asked).length > 0;
	// One that an image brings along would be taken for ours.
	return isAsked || Object.hasOwn(labels, ASKED) ? { ...labels, [ASKED]: JSON.stringify(asked) } : labels;
}

export function readAsked(labels: Labels): PlainObject {
	const text = labels[ASKED];
	try {
		const asked: unknown = text === undefined ? {} : JSON.parse(text);
		return isPlainObject(asked) ? asked : {};
	} catch {
		return {}; // not ours, so nothing was asked
	}
}

/** The value of a field in a live container, where its row alone does not decide. */
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
