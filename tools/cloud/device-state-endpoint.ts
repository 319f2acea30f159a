import { composeTarget } from './compose-target.ts';
import type { Handler } from './cloud-request.ts';
import { deviceOf, isUser, readActor } from './cloud-request.ts';
import { emptyReply, jsonReply } from './reply.ts';

/** `GET /device/v3/:uuid/state`. `sendReply` turns the answer into a 304 when the device has it already. */
export const getDeviceState: Handler = (model, request, [uuid = '']) => {
	const device = model.device(uuid);
	if (device === undefined) {
		// Whatever the key, and although no entity tag was sent: this is how the real cloud says "gone".
		return emptyReply(304);
	}
	const actor = readActor(model, request);
	if (deviceOf(model, actor)?.id !== device.id && !isUser(actor)) {
		return emptyReply(401);
	}
	if (!isUser(actor)) {
		device.lastPollAt = model.now();
		device.pollCount += 1;
		model.changed();
	}
	return jsonReply(
		200,
		device.targetOverride === null ? composeTarget(model.data, device, model) : device.targetOverride.body,
	);
};
