import type { Handler } from './cloud-request.ts';
import { jsonReply } from './reply.ts';

/** `GET /os/v1/config/`, for the host: open to all, and the SSH keys only to those who show no credentials. */
export const getOsConfig: Handler = (_model, request) =>
	jsonReply(200, {
		services: {
			openvpn: {
				config: '\nclient\nremote vpn.invalid 443\n',
				ca: '-----BEGIN CERTIFICATE-----\nc3RhbmQtaW4=\n-----END CERTIFICATE-----\n',
			},
			ssh: { authorized_keys: request.headers.authorization === undefined ? 'ssh-ed25519 AAAASTANDIN stand-in' : '' },
		},
		config: { overrides: {} },
		schema_version: '1.0.0',
	});
