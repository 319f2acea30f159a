import type { Handler } from './cloud-request.ts';
import { jsonBody, readActor } from './cloud-request.ts';
import { randomKey } from './cloud-model.ts';
import { apiKeyRequired, emptyReply, jsonReply, textReply } from './reply.ts';

const DEVICE_UUID = /^(?:[0-9a-f]{32}|[0-9a-f]{62})$/;

/** `POST /device/register`. The order of the checks is observable: a known uuid with a bad device type is 404, not 409. */
export const registerDevice: Handler = (model, request) => {
	const actor = readActor(model, request);
	// A session token is no API key.
	if (actor.kind === 'none' || actor.kind === 'unknown' || actor.kind === 'session') {
		return apiKeyRequired;
	}
	const body = jsonBody(request);
	const { application, device_type: deviceType, uuid, api_key: wantedKey } = body;
	const fleetId = typeof application === 'string' && /^\d+$/.test(application) ? Number(application) : application;
	if (typeof fleetId !== 'number' || !Number.isSafeInteger(fleetId)) {
		return jsonReply(400, 'Application ID must be a valid integer');
	}
	if (typeof deviceType !== 'string' || deviceType === '') {
		return jsonReply(400, 'Device type must be specified');
	}
	if (typeof uuid === 'number') {
		return emptyReply(400);
	}
	if (typeof uuid !== 'string' || uuid === '') {
		return jsonReply(400, 'UUID must be specified');
	}
	if (!DEVICE_UUID.test(uuid)) {
		return jsonReply(400, 'Device UUID must be a 32 or 62 character long lower case hex string.');
	}
	if (!model.isKnownDeviceType(deviceType)) {
		return jsonReply(404, `Unknown device type ${deviceType}`);
	}
	const isAllowed = actor.kind === 'user' || (actor.kind === 'provisioning' && actor.fleetId === fleetId);
	if (!isAllowed || model.fleet(fleetId) === undefined) {
		return emptyReply(401);
	}
	if (model.device(uuid) !== undefined) {
		return textReply(409, '"uuid" must be unique.', 'text/html');
	}
	const apiKey = typeof wantedKey === 'string' && wantedKey !== '' ? wantedKey : randomKey();
	if (model.key(apiKey) !== undefined) {
		// Also the key of a deleted device: only a new uuid and a new key help then.
		return jsonReply(409, '"key" must be unique.');
	}
	const device = model.addDevice({
		uuid,
		fleetId,
		deviceType,
		apiKey,
		osVersion: stringOf(body.os_version),
		supervisorVersion: stringOf(body.supervisor_version),
	});
	for (const name of ['os_version', 'supervisor_version', 'mac_address'] as const) {
		if (typeof body[name] === 'string') {
			device.state[name] = body[name];
		}
	}
	if (body.os_variant === 'dev' || body.os_variant === 'prod') {
		device.state.os_variant = body.os_variant;
	}
	return jsonReply(201, { id: device.id, uuid, api_key: apiKey });
};

/** `POST /api-key/device/:id/device-key`: for users only; neither a provisioning key nor the device itself may do it. */
export const addDeviceKey: Handler = (model, request, [idText = '']) => {
	const id = Number(idText);
	if (!/^\d+$/.test(idText)) {
		return textReply(400, 'Device id must be a number', 'text/html');
	}
	const actor = readActor(model, request);
	if (actor.kind !== 'user' && actor.kind !== 'session') {
		return emptyReply(401);
	}
	if (model.deviceById(id) === undefined) {
		return textReply(500, 'No device found to associate with the api key', 'text/html');
	}
	const wanted = jsonBody(request).apiKey;
	const key = typeof wanted === 'string' && wanted !== '' ? wanted : randomKey();
	if (model.key(key) !== undefined) {
		return jsonReply(409, '"key" must be unique.');
	}
	model.addKey({ kind: 'device', key, deviceId: id });
	return jsonReply(200, key);
};

function stringOf(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}
