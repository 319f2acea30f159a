import type { ReachabilityObserver } from '../../ports/connectivity.ts';
import { HttpError, type HttpClient, type HttpErrorCode } from '../../ports/http-client.ts';
import type { LogUplink } from '../../ports/log-uplink.ts';

/** What one gets when the other side, or the way to it, is away. The others are about what was asked, or answered. */
const AWAY: readonly HttpErrorCode[] = ['http-unreachable', 'http-timeout', 'http-broken'];

/** The same client; the outcome of each request is observed. */
export function watchRequests(http: HttpClient, observer: ReachabilityObserver): HttpClient {
	return {
		request: async (request, signal) => {
			try {
				const response = await http.request(request, signal);
				observer.reached(request.url);
				return response;
			} catch (error) {
				reportMissed(observer, request.url, error);
				throw error;
			}
		},
	};
}

/** An open stream by itself proves nothing: what was written last may never have arrived. Its begin and its end do. */
export function watchLogUplink(uplink: LogUplink, observer: ReachabilityObserver): LogUplink {
	return {
		open: async (target, signal) => {
			try {
				const connection = await uplink.open(target, signal);
				observer.reached(target.url);
				void connection.over.then((end) => {
					if (end.kind === 'answered') {
						observer.reached(target.url);
					} else {
						reportMissed(observer, target.url, end.error);
					}
				});
				return connection;
			} catch (error) {
				reportMissed(observer, target.url, error);
				throw error;
			}
		},
	};
}

function reportMissed(observer: ReachabilityObserver, url: string, error: unknown): void {
	if (error instanceof HttpError && AWAY.includes(error.code)) {
		observer.missed(url);
	}
}
