import type { Cloud } from '../api-binder/index.ts';
import { isProvisioned, isUnmanaged, type Config } from '../config/index.ts';
import { linkSignal } from '../lib/link-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { ApiOptions } from './api-options.ts';

/** A caller through the cloud waits for 50 s, services hardly longer than this limit. */
const LIMIT_MS = 10_000;

interface ListTagsOptions {
	readonly config: Pick<Config, 'read'>;
	readonly tags: Pick<Cloud['tags'], 'list'>;
	readonly clock: Pick<Clock, 'sleep'>;
}

/** Answers in time, also when the cloud does not answer. Texts that clients know (spec: device-api 5.14). */
export async function listTags({ config, tags, clock }: ListTagsOptions): ReturnType<ApiOptions['tags']['list']> {
	const settings = await config.read();
	if (isUnmanaged(settings)) {
		return { message: 'Attempt to communicate with API, without initialized client' };
	}
	if (!isProvisioned(settings)) {
		return { message: 'Attempt to retrieve device tags before provision' };
	}
	const link = linkSignal();
	try {
		const answer = await Promise.race([tags.list(link.signal), clock.sleep(LIMIT_MS, link.signal)]);
		if (answer === undefined) {
			return { message: 'The cloud did not answer in time' };
		}
		return answer.kind === 'tags' ? answer : { message: answer.detail ?? answer.problem };
	} finally {
		link.abort();
		link.unlink();
	}
}
