import { CloudModel } from '../../../tools/cloud/cloud-model.ts';
import { emptyCloudData, type Device, type Fleet } from '../../../tools/cloud/cloud-data.ts';
import type { CloudRequest } from '../../../tools/cloud/cloud-request.ts';
import { findRoute } from '../../../tools/cloud/device-routes.ts';
import { entityTag, isMatchingTag } from '../../../tools/cloud/reply.ts';
import { HttpError, type HttpClient, type HttpRequest, type HttpResponse } from '../../../src/ports/http-client.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';

export type Outage = 'none' | 'unreachable' | 'errors';

/** The stand-in cloud without sockets: the same decisions, on the virtual clock. */
export class InProcessCloud implements HttpClient {
	readonly model: CloudModel;
	outage: Outage = 'none';
	/** When requests came, ms. */
	readonly arrivals: number[] = [];
	readonly #clock: VirtualClock;

	constructor(clock: VirtualClock) {
		this.#clock = clock;
		this.model = new CloudModel({
			data: emptyCloudData(),
			minimumPollIntervalMs: 600_000,
			now: () => clock.wall().getTime(),
			onChange: () => undefined,
			onTargetChange: () => undefined,
		});
	}

	addDevice(fleet: Fleet, n: number): Device & { readonly key: string } {
		const uuid = n.toString(16).padStart(32, '0');
		const device = this.model.addDevice({
			uuid,
			fleetId: fleet.id,
			deviceType: fleet.deviceType,
			apiKey: uuid,
			osVersion: undefined,
			supervisorVersion: undefined,
		});
		return { ...device, key: uuid };
	}

	async request(request: HttpRequest): Promise<HttpResponse> {
		this.arrivals.push(this.#clock.now());
		if (this.outage === 'unreachable') {
			throw new HttpError('http-unreachable', 'cloud is down');
		}
		if (this.outage === 'errors') {
			return { status: 503, headers: {}, body: '' };
		}
		const url = new URL(request.url);
		const { method, headers } = request;
		const reply = await findRoute(method, url.pathname).answer(this.model, {
			...{ method, path: url.pathname, query: url.searchParams, headers },
			body: request.body === undefined ? { kind: 'none' } : { kind: 'json', value: copy(request.body) },
			incoming: undefined as unknown as CloudRequest['incoming'], // for streams alone, of which there are none here
		});
		const etag = reply.body?.hasEtag === true ? entityTag(reply.body.text) : undefined;
		const known = headers['if-none-match'];
		const isKnown = method === 'GET' && etag !== undefined && known !== undefined && isMatchingTag(known, etag);
		return {
			status: isKnown ? 304 : reply.status,
			headers: etag === undefined ? {} : { etag },
			body: isKnown ? '' : (reply.body?.text ?? ''),
		};
	}
}

function copy(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value));
}
