import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpResponse } from '../../ports/http-client.ts';
import { isSuccess, joinPlain, readJson, type CloudCaller } from '../protocol/cloud-caller.ts';
import { answerOrProblem, classifyStatus, explainProblem, type CloudProblem } from '../protocol/cloud-problem.ts';

interface TokenRequest {
	readonly apiEndpoint: string;
	readonly login: { readonly username: string; readonly password: string };
	/** A registry. */
	readonly service: string;
	/** Repositories to pull from. The order is part of the question. */
	readonly repositories: readonly string[];
}

type TokenAnswer =
	{ readonly kind: 'token'; readonly token: string } | { readonly kind: 'refused'; readonly because: string };

interface RegistryTokensOptions {
	readonly clock: Clock;
	/** Takes it out of all that is written from now on. */
	readonly hide: (secret: string) => void;
}

interface Kept {
	readonly username: string;
	readonly password: string;
	readonly token: string;
	readonly until: number;
}

const KEPT_MS = 10 * 60_000;
const KEPT_MAX = 50;
const TIMEOUT_MS = 59_000;
const REDIRECTS_MAX = 10;

/** Tokens for registries, from the cloud (E14, spec: cloud-api 14.4). Kept for ten minutes, in memory only. */
export class RegistryTokens {
	readonly #options: RegistryTokensOptions;
	readonly #kept = new Map<string, Kept>();

	constructor(options: RegistryTokensOptions) {
		this.#options = options;
	}

	async get(caller: CloudCaller, request: TokenRequest, signal: AbortSignal): Promise<TokenAnswer> {
		const { clock, hide } = this.#options;
		const url = tokenUrl(request);
		const { username, password } = request.login;
		const kept = this.#kept.get(url);
		if (kept !== undefined && kept.until > clock.now() && kept.username === username && kept.password === password) {
			return { kind: 'token', token: kept.token };
		}
		const credentials = Buffer.from(`${username}:${password}`).toString('base64');
		hide(credentials);
		const response = await answerOrProblem(() =>
			caller.call(
				TIMEOUT_MS,
				{
					...caller.request({ endpoint: request.apiEndpoint, key: '', timeoutMs: TIMEOUT_MS }, 'GET', url),
					headers: caller.headers(`Basic ${credentials}`),
					redirectsMax: REDIRECTS_MAX,
				},
				signal,
			),
		);
		const token = 'kind' in response ? undefined : readToken(response);
		if (token === undefined) {
			return { kind: 'refused', because: explainRefusal(response) };
		}
		hide(token);
		this.#keep(url, { username, password, token, until: clock.now() + KEPT_MS });
		return { kind: 'token', token };
	}

	#keep(url: string, kept: Kept): void {
		this.#kept.delete(url);
		this.#kept.set(url, kept);
		const [oldest] = this.#kept.keys();
		if (this.#kept.size > KEPT_MAX && oldest !== undefined) {
			this.#kept.delete(oldest);
		}
	}
}

function readToken(response: HttpResponse): string | undefined {
	if (!isSuccess(response)) {
		return undefined;
	}
	const body = readJson(response);
	return isPlainObject(body) && typeof body['token'] === 'string' && body['token'] !== '' ? body['token'] : undefined;
}

function explainRefusal(response: HttpResponse | CloudProblem): string {
	if ('kind' in response) {
		return `Authentication error: ${response.detail ?? explainProblem(response)}`;
	}
	return `Authentication error: ${isSuccess(response) ? 'the answer holds no token' : `${explainProblem(classifyStatus(response))} (${response.status})`}`;
}

function tokenUrl({ apiEndpoint, service, repositories }: TokenRequest): string {
	const scopes = repositories.map((name) => `&scope=${encodeQuery(`repository:${name}:pull`)}`).join('');
	return joinPlain(apiEndpoint, `/auth/v1/token?service=${encodeQuery(service)}${scopes}`);
}

/** What a reference is made of stays readable, as it always was on the wire (spec: compose 8.7). */
export function encodeQuery(value: string): string {
	return encodeURIComponent(value).replace(/%(?:3A|2F|40)/g, decodeURIComponent);
}
