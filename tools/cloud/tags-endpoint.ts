import * as z from 'zod/mini';

import type { Handler } from './cloud-request.ts';
import { deviceOf, jsonBody, readActor } from './cloud-request.ts';
import { apiKeyRequired, emptyReply, jsonReply } from './reply.ts';

const tagKey = z.string().check(z.minLength(1), z.regex(/^(?!io\.(?:balena|resin)\.)\S+$/));
const KEY_LENGTH_MAX = 100;
const tags = z.record(z.string(), z.record(tagKey, z.string()));

/** `PATCH /device/v3/tags`: adds and changes tags, never removes one. */
export const patchDeviceTags: Handler = (model, request) => {
	const actor = readActor(model, request);
	if (actor.kind === 'none' || actor.kind === 'unknown' || actor.kind === 'session') {
		return apiKeyRequired;
	}
	const parsed = tags.safeParse(jsonBody(request));
	if (!parsed.success) {
		return emptyReply(400);
	}
	const device = deviceOf(model, actor);
	const entries = Object.entries(parsed.data);
	if (device === undefined || entries.length === 0 || entries.some(([uuid]) => uuid !== device.uuid)) {
		return emptyReply(401);
	}
	const wanted = entries.flatMap(([, values]) => Object.entries(values));
	if (wanted.length === 0) {
		return jsonReply(400, 'No tags were sent to be updated.');
	}
	if (wanted.some(([name]) => name.length > KEY_LENGTH_MAX)) {
		return jsonReply(400, 'It is necessary that … tag key … less than or equal to 100.'); // the full text is unknown
	}
	for (const [name, value] of wanted) {
		model.setRow(device.tags, 'device_tag', { name, value });
	}
	model.changed();
	return emptyReply(200);
};
