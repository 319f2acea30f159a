import type { CloudModel } from './cloud-model.ts';
import type { CloudRequest, Handler } from './cloud-request.ts';
import { getDelta, getDeltaPayload } from './delta-endpoint.ts';
import { getDeviceState, getFleetState, getV2DeviceState } from './device-state-endpoint.ts';
import { getLogs, streamLogs } from './log-stream.ts';
import { handleOdata } from './odata.ts';
import { getOsConfig } from './os-config.ts';
import { addDeviceKey, registerDevice } from './register-device.ts';
import { getRegistryToken } from './registry-token.ts';
import type { Reply } from './reply.ts';
import { emptyReply, textReply } from './reply.ts';
import { patchDeviceState } from './store-report.ts';
import { patchDeviceTags } from './tags-endpoint.ts';
import { getVpnAuthorization } from './vpn-auth.ts';

interface Route {
	readonly methods: readonly string[];
	readonly path: RegExp;
	readonly handle: Handler;
	/** The handler reads the request itself, while it comes. */
	readonly isStream?: true;
}

const GET = ['GET', 'HEAD'];

const ROUTES: readonly Route[] = [
	{ methods: ['POST'], path: /^\/device\/register\/?$/, handle: registerDevice },
	{ methods: ['POST'], path: /^\/api-key\/device\/([^/]+)\/device-key\/?$/, handle: addDeviceKey },
	{ methods: GET, path: /^\/device\/v3\/([^/]+)\/state\/?$/, handle: getDeviceState },
	{ methods: GET, path: /^\/device\/v3\/fleet\/([^/]+)\/state\/?$/, handle: getFleetState },
	{ methods: GET, path: /^\/device\/v2\/([^/]+)\/state\/?$/, handle: getV2DeviceState },
	{ methods: ['PATCH'], path: /^\/device\/v3\/state\/?$/, handle: patchDeviceState },
	{ methods: ['PATCH'], path: /^\/device\/v3\/tags\/?$/, handle: patchDeviceTags },
	{ methods: ['POST'], path: /^\/device\/v2\/([^/]+)\/log-stream\/?$/, handle: streamLogs, isStream: true },
	{ methods: GET, path: /^\/device\/v2\/([^/]+)\/logs\/?$/, handle: getLogs },
	{ methods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'], path: /^\/(v6|v7)\/(.*)$/, handle: handleOdata },
	{ methods: GET, path: /^\/auth\/v1\/token\/?$/, handle: getRegistryToken },
	{ methods: GET, path: /^\/api\/v([23])\/delta\/?$/, handle: getDelta },
	{ methods: GET, path: /^\/delta-payloads\/(\d+)$/, handle: getDeltaPayload },
	{ methods: GET, path: /^\/services\/vpn\/auth\/([^/]+)\/?$/, handle: getVpnAuthorization },
	{ methods: GET, path: /^\/os\/v1\/config\/?$/, handle: getOsConfig },
	{ methods: GET, path: /^\/ping\/?$/, handle: () => textReply(200, 'OK', 'text/plain') },
	{ methods: GET, path: /^\/connectivity-check\/?$/, handle: () => emptyReply(204) },
];

interface FoundRoute {
	readonly isStream: boolean;
	answer(model: CloudModel, request: CloudRequest): Reply | Promise<Reply>;
}

export function findRoute(method: string, path: string): FoundRoute {
	for (const route of ROUTES) {
		const match = route.methods.includes(method) ? route.path.exec(path) : null;
		if (match !== null) {
			return {
				isStream: route.isStream === true,
				answer: (model, request) => route.handle(model, request, match.slice(1)),
			};
		}
	}
	return { isStream: false, answer: () => emptyReply(404) };
}
