import { registryLogin, type Config, type Settings } from '../../config/index.ts';
import { normaliseImageReference, parseImageReference } from '../../domain/image-reference.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ReadDeviceFacts } from '../report/report-sources.ts';
import type { DeltaAnswer, DeltaPair, DeltaPatch, Deltas } from '../../application-manager/index.ts';
import type { HttpClient, HttpResponse } from '../../ports/http-client.ts';
import { userAgentOf } from '../protocol/cloud-api.ts';
import { CloudCaller, joinPlain, readJson } from '../protocol/cloud-caller.ts';
import { answerOrProblem, explainProblem } from '../protocol/cloud-problem.ts';
import { encodeQuery, RegistryTokens } from './registry-tokens.ts';

interface DeltaClientOptions {
	readonly http: HttpClient;
	readonly settings: Pick<Config, 'read'>;
	readonly facts: ReadDeviceFacts;
	readonly clock: Clock;
	readonly hide: (secret: string) => void;
	/** For version 2; without it, or where a device has not got what it takes, images are fetched as a whole. */
	readonly patches?: {
		canApply(): Promise<boolean>;
		at(url: string, settings: Settings): DeltaPatch;
	};
}

const NO_PATCHES = 'this device has no rsync to apply deltas of version 2 with';

/** Asks the delta server (E14, E15; spec: cloud-api 14.3 to 14.5). */
export class DeltaClient implements Deltas {
	readonly #options: DeltaClientOptions;
	readonly #tokens: RegistryTokens;

	constructor(options: DeltaClientOptions) {
		this.#options = options;
		this.#tokens = new RegistryTokens(options);
	}

	async isEnabled(): Promise<boolean> {
		return (await this.#options.settings.read()).delta;
	}

	async ask(pair: DeltaPair, signal: AbortSignal): Promise<DeltaAnswer> {
		const { http, clock, facts, patches } = this.#options;
		const settings = await this.#options.settings.read();
		const refusal = whyNotAsked(pair, settings);
		if (refusal !== undefined) {
			return { kind: 'none', because: refusal };
		}
		if (settings.deltaVersion === 2 && (await patches?.canApply()) !== true) {
			return { kind: 'none', because: NO_PATCHES };
		}
		const userAgent = userAgentOf(await facts());
		const caller = new CloudCaller({ http, clock, userAgent: () => userAgent });
		const token = await this.#askToken(caller, pair, settings, signal);
		if (token.kind === 'refused') {
			return { kind: 'failed', because: token.because };
		}
		const { deltaVersion: version, deltaRequestTimeoutMs: timeoutMs } = settings;
		const query = `src=${encodeQuery(pair.source)}&dest=${encodeQuery(pair.target)}`;
		const url = joinPlain(settings.deltaEndpoint, `/api/v${version}/delta?${query}`);
		// A redirect is never followed: with version 2 it is the answer.
		const response = await answerOrProblem(() =>
			caller.call(
				timeoutMs,
				caller.request({ endpoint: settings.deltaEndpoint, key: token.token, timeoutMs }, 'GET', url),
				signal,
			),
		);
		if ('kind' in response) {
			const because = `delta server: ${response.detail ?? explainProblem(response)}`;
			return { kind: 'failed', because, isServerAway: response.status === undefined };
		}
		const answer = version === 3 ? readImage(response) : readLocation(response, url);
		switch (answer.kind) {
			case 'image':
				return { ...answer, registryToken: token.token };
			case 'location':
				return patches === undefined
					? { kind: 'none', because: NO_PATCHES }
					: { kind: 'patch', patch: patches.at(answer.url, settings) };
			default:
				return answer;
		}
	}

	#askToken(caller: CloudCaller, { source, target }: DeltaPair, settings: Settings, signal: AbortSignal) {
		const [{ registry = '', imageName: dest }, { imageName: src }] = [partsOf(target), partsOf(source)];
		const { apiEndpoint } = settings;
		const login = registryLogin(settings) ?? { username: '', password: '' };
		return this.#tokens.get(caller, { apiEndpoint, login, service: registry, repositories: [dest, src] }, signal);
	}
}

/** Reasons to fetch the whole image without a question to the cloud. */
function whyNotAsked({ target, source, isSourceDeltaBaseOnly }: DeltaPair, settings: Settings): string | undefined {
	const { deltaVersion: version, apiEndpoint, deltaEndpoint } = settings;
	if (version !== 2 && version !== 3) {
		return `there are no deltas of version ${version}`;
	}
	if (version === 3 && isSourceDeltaBaseOnly) {
		return `image ${source} is a delta of version 2`;
	}
	if (apiEndpoint === '' || deltaEndpoint === '' || registryLogin(settings) === undefined) {
		return 'the device has no cloud to get it from';
	}
	return partsOf(target).registry === undefined ? 'the image is not from a registry of the cloud' : undefined;
}

function partsOf(reference: string): { readonly registry?: string; readonly imageName: string } {
	const parsed = parseImageReference(reference);
	return parsed.ok ? parsed.value : { imageName: reference };
}

/** The table of 14.5, version 3. */
function readImage(
	response: HttpResponse,
): Exclude<DeltaAnswer, { kind: 'image' | 'patch' }> | { readonly kind: 'image'; readonly reference: string } {
	const { status } = response;
	if (status === 502 || status === 504) {
		return { kind: 'processing' };
	}
	if (status >= 400 && status <= 499 && status !== 401) {
		return { kind: 'none', because: `the delta server has none (${status})` };
	}
	if (status !== 200) {
		return { kind: 'failed', because: `delta server: status ${status}` };
	}
	const body = readJson(response);
	const name =
		isPlainObject(body) && typeof body['name'] === 'string' ? normaliseImageReference(body['name']) : undefined;
	return name?.ok === true
		? { kind: 'image', reference: name.value }
		: { kind: 'failed', because: 'delta server: the answer names no image' };
}

/** The table of 14.5, version 2. */
function readLocation(
	{ status, headers }: HttpResponse,
	askedUrl: string,
): Exclude<DeltaAnswer, { kind: 'image' | 'patch' }> | { readonly kind: 'location'; readonly url: string } {
	if (status === 502 || status === 504) {
		return { kind: 'processing' };
	}
	const location = headers['location'];
	if (status < 300 || status > 399 || location === undefined) {
		return { kind: 'failed', because: `delta server: status ${status}`, isServerAway: status === 404 };
	}
	return URL.canParse(location, askedUrl)
		? { kind: 'location', url: new URL(location, askedUrl).href }
		: { kind: 'failed', because: 'delta server: it points to nowhere' };
}
