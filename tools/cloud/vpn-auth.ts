import type { Handler } from './cloud-request.ts';
import { deviceOf, readActor } from './cloud-request.ts';
import { apiKeyRequired, emptyReply } from './reply.ts';

/** `GET /services/vpn/auth/:uuid`: what the VPN server asks when a device connects. */
export const getVpnAuthorization: Handler = (model, request, [uuid]) => {
	const actor = readActor(model, request);
	if (actor.kind === 'none' || actor.kind === 'unknown') {
		return apiKeyRequired;
	}
	return emptyReply(deviceOf(model, actor)?.uuid === uuid ? 200 : 401);
};
