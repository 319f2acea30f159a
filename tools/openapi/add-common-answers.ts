import { isV3 } from '../../src/device-api/problem.ts';
import type { Route } from '../../src/device-api/route.ts';
import type { Answer, Description } from './description.ts';
import { ref, text } from './schemas.ts';

/** Added to what an operation answers itself. Of a status that both have, both forms may come. */
export function addCommonAnswers(route: Route, description: Description): Readonly<Record<number, readonly Answer[]>> {
	const all = new Map<number, Answer[]>();
	const lists = [description.answers, ...(isV3({ originalUrl: route.path }) ? [OF_V3] : commonOfOthers(route))];
	if (route.method === 'get' && Object.values(description.answers).every(({ stream }) => stream === undefined)) {
		lists.push(OF_GET);
	}
	for (const list of lists) {
		for (const [status, answer] of Object.entries(list)) {
			all.set(Number(status), [...(all.get(Number(status)) ?? []), answer]);
		}
	}
	return Object.fromEntries(all);
}

function commonOfOthers({ access }: Route): readonly Readonly<Record<number, Answer>>[] {
	return access === 'open' ? [OF_ALL] : [OF_ALL, BEHIND_KEY];
}

const OF_ALL: Readonly<Record<number, Answer>> = {
	403: { description: 'Asked by a web page, or under a name that is none of this device.', json: ref('Failure') },
};

const BEHIND_KEY: Readonly<Record<number, Answer>> = {
	401: { description: 'No key, or one that this device does not know.', plain: text('Unauthorized') },
	400: { description: 'A body or path that cannot be read.', json: ref('Failure') },
	413: { description: 'A body of more than 10 MiB, or of too many parameters.', json: ref('Failure') },
	415: { description: 'A body in an encoding or character set that is not known.', json: ref('Failure') },
	503: {
		description: 'Anything else: a failure. As text: keys cannot be checked.',
		json: ref('Failure'),
		html: { type: 'string', pattern: '^Unexpected error: ' },
		isMasked: true,
	},
};

const OF_V3: Readonly<Record<number, Answer>> = Object.fromEntries(
	Object.entries({
		400: 'A body or path that cannot be read.',
		401: 'No key, or one that this device does not know.',
		403: 'Asked by a web page, or under a name that is none of this device.',
		413: 'A body of more than 10 MiB, or of too many parameters.',
		415: 'A body in an encoding or character set that is not known.',
		503: 'Anything else: a failure.',
	}).map(([status, description]) => [status, { description, problem: ref('Problem') }]),
);

const OF_GET: Readonly<Record<number, Answer>> = {
	304: { description: 'As `If-None-Match` has it.' },
};
