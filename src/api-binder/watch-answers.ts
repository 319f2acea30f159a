import type { TargetFetcher } from './poll/target-fetcher.ts';
import type { CloudApi } from './protocol/cloud-api.ts';
import { answerOrProblem } from './protocol/cloud-problem.ts';

/** How a call of the cloud ended: a word for what it answered, or the name of the problem. */
export interface EndedCall {
	readonly call: 'target' | 'report';
	readonly result: string;
	readonly isSuccess: boolean;
}

export type AnswerListener = (call: EndedCall) => void;

type Fetcher = Pick<TargetFetcher, 'fetch'>;
type Reports = Pick<CloudApi, 'sendReport'>;

/** Says how each fetch of the target ended, those between polls too. */
export function watchFetches(fetcher: Fetcher, listener: AnswerListener = ignore): Fetcher {
	return {
		fetch: async (signal) => {
			const outcome = await fetcher.fetch(signal);
			const isSuccess = outcome.kind === 'fetched';
			const result = isSuccess ? (outcome.isNew ? 'new' : 'unchanged') : outcome.problem;
			listener({ call: 'target', result, isSuccess });
			return outcome;
		},
	};
}

/** Says how each report ended, those that only try which part the cloud refuses too. */
export function watchReports(cloud: Reports, listener: AnswerListener = ignore): Reports {
	return {
		sendReport: async (access, body, signal) => {
			const answer = await answerOrProblem(() => cloud.sendReport(access, body, signal));
			const isSuccess = answer.kind === 'accepted';
			listener({ call: 'report', result: isSuccess ? 'accepted' : answer.problem, isSuccess });
			return answer;
		},
	};
}

function ignore(): void {
	// answers are not counted
}
