import type { ContactWitness } from '../../ports/connectivity.ts';
import { HttpError, type HttpClient, type HttpErrorCode } from '../../ports/http-client.ts';
import type { LogUplink } from '../../ports/log-uplink.ts';

/** What one gets when the other side, or the way to it, is away. The others are about what was asked, or answered. */
const AWAY: readonly HttpErrorCode[] = ['http-unreachable', 'http-timeout', 'http-broken'];

/** The same client; the outcome of each request is observed. */
export function watchRequests(http: HttpClient, witness: ContactWitness): HttpClient {
	return {
		request: async (request, signal) => {
			try {
				const response = await http.request(request, signal);
				witness.reached(request.url);
				return response;
			} catch (error) {
				tellMissed(witness, request.url, error);
				throw error;
			}
		},
	};
}

/** An open stream by itself proves nothing: what was written last may never have arrived. Its begin and its end do. */
export function watchLogUplink(uplink: LogUplink, witness: ContactWitness): LogUplink {
	return {
		open: async (target, signal) => {
			try {
				const connection = await uplink.open(target, signal);
				witness.reached(target.url);
				void connection.over.then((end) => {
					if (end.kind === 'answered') {
						witness.reached(target.url);
					} else {
						tellMissed(witness, target.url, end.error);
					}
				});
				return connection;
			} catch (error) {
				tellMissed(witness, target.url, error);
				throw error;
			}
		},
	};
}

function tellMissed(witness: ContactWitness, url: string, error: unknown): void {
	if (error instanceof HttpError && AWAY.includes(error.code)) {
		witness.missed(url);
	}
}
