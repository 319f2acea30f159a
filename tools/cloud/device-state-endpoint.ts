import type { Device } from './cloud-data.ts';
import type { CloudModel } from './cloud-model.ts';
import { composeTarget } from './compose-target.ts';
import { composeV2Target } from './compose-v2-target.ts';
import type { CloudRequest, Handler } from './cloud-request.ts';
import { deviceOf, isUser, readActor } from './cloud-request.ts';
import type { Reply } from './reply.ts';
import { emptyReply, jsonReply } from './reply.ts';

/** `GET /device/v3/:uuid/state`. `sendReply` turns the answer into a 304 when the device has it already. */
export const getDeviceState: Handler = (model, request, [uuid = '']) =>
	answerState(model, request, uuid, (device) => composeTarget(model.data, device, model));

/** `GET /device/v2/:uuid/state`, for devices of before v13. */
export const getV2DeviceState: Handler = (model, request, [uuid = '']) =>
	answerState(model, request, uuid, (device) => composeV2Target(model.data, device, model));

/** `GET /device/v3/fleet/:uuid/state`: what is preloaded, for a device that does not exist yet. */
export const getFleetState: Handler = (model, request, [uuid = '']) => {
	const fleet = model.data.fleets.find((candidate) => candidate.uuid === uuid);
	const actor = readActor(model, request);
	const isAllowed = isUser(actor) || (actor.kind === 'provisioning' && actor.fleetId === fleet?.id);
	if (fleet === undefined || !isAllowed) {
		return emptyReply(401);
	}
	const unset = { pinnedReleaseId: null, hostReleaseId: null, supervisorReleaseId: null, config: [], environment: [] };
	const device = { ...unset, uuid, name: fleet.name, fleetId: fleet.id, serviceEnvironment: {} };
	return jsonReply(200, composeTarget(model.data, device, model));
};

function answerState(
	model: CloudModel,
	request: CloudRequest,
	uuid: string,
	compose: (device: Device) => unknown,
): Reply {
	const device = model.device(uuid);
	if (device === undefined) {
		// With any key, and without an entity tag: the real cloud answers so for a deleted device.
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
	return jsonReply(200, device.targetOverride === null ? compose(device) : device.targetOverride.body);
}
