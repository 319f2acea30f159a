import type { Handler } from './cloud-request.ts';
import { deviceOf, readActor } from './cloud-request.ts';
import { emptyReply } from './reply.ts';

/** `GET /services/vpn/auth/:uuid`: what the VPN server asks when a device connects. */
export const getVpnAuthorization: Handler = (model, request, [uuid]) =>
	emptyReply(deviceOf(model, readActor(model, request))?.uuid === uuid ? 200 : 401);
