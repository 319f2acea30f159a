import type { Hypothesis } from '../../../device-state/index.ts';
import type { Issue } from '../../../domain/issue.ts';
import { isPlainObject } from '../../../lib/is-plain-object.ts';
import { ProblemError } from '../../problem.ts';

const FORMS: readonly string[] = ['device', 'app'];

/** What a dry run is asked for (spec: v3-api 4). Throws a problem that names each bad value. */
export function readHypothesis(body: unknown): Hypothesis {
	if (!isPlainObject(body)) {
		throw badInput([{ path: '', message: 'expected an object' }]);
	}
	const given = Object.keys(body);
	const unknown = given.filter((name) => !FORMS.includes(name));
	if (unknown.length > 0) {
		throw badInput(unknown.map((path) => ({ path, message: `unknown; there are ${FORMS.join(', ')}` })));
	}
	if (given.length > 1) {
		throw badInput([{ path: given[1] ?? '', message: `not together with ${given[0] ?? ''}` }]);
	}
	if ('device' in body) {
		return { kind: 'device', input: body['device'] };
	}
	return 'app' in body ? readApp(body['app']) : { kind: 'present' };
}

function readApp(app: unknown): Hypothesis {
	if (!isPlainObject(app)) {
		throw badInput([{ path: 'app', message: 'expected an object' }]);
	}
	const { uuid, target } = app;
	if (typeof uuid !== 'string' || uuid === '') {
		throw badInput([{ path: 'app.uuid', message: 'expected the UUID of the app' }]);
	}
	return { kind: 'app', appUuid: uuid, input: target };
}

function badInput(issues: readonly Issue[]): ProblemError {
	return new ProblemError({ status: 400, detail: 'The request cannot be read', issues });
}
