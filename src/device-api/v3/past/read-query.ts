import { HISTORY_KINDS, type HistoryQuery } from '../../../domain/history.ts';
import type { Issue } from '../../../domain/issue.ts';
import type { Access } from '../../access.ts';
import { isTruthy } from '../../coerce.ts';
import { ProblemError } from '../../problem.ts';
import type { LogQuery } from './past-options.ts';

type Parameters = Readonly<Record<string, unknown>>;

const PAGE = { usual: 100, max: 1000 };
const LINES = { usual: 100, max: 1000 };
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Reads the values of a query, and collects what is wrong with them. */
class QueryReader {
	readonly #parameters: Parameters;
	readonly #issues: Issue[] = [];

	constructor(parameters: Parameters) {
		this.#parameters = parameters;
	}

	text(name: string): string | undefined {
		const value = this.#parameters[name];
		if (value === undefined || value === '') {
			return undefined;
		}
		return typeof value === 'string' ? value : this.#refuse(name, 'is given more than once');
	}

	/** RFC 3339, in ms; a day alone begins at midnight UTC. */
	time(name: string): number | undefined {
		const text = this.text(name);
		if (text === undefined) {
			return undefined;
		}
		const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
		return Number.isNaN(time) ? this.#refuse(name, 'is no time, such as 2026-01-31T12:00:00Z') : time;
	}

	count(name: string, { usual, max }: { readonly usual: number; readonly max: number }): number {
		return this.number(name, max) ?? usual;
	}

	number(name: string, max = Number.MAX_SAFE_INTEGER): number | undefined {
		const text = this.text(name);
		if (text === undefined) {
			return undefined;
		}
		const number = /^\d{1,16}$/.test(text) ? Number(text) : 0;
		return number < 1 || number > max ? this.#refuse(name, `is no whole number from 1 to ${max}`) : number;
	}

	/** One or several words, separated by commas. */
	words<T extends string>(name: string, known: readonly T[]): readonly T[] | undefined {
		const words = this.text(name)?.split(',');
		const unknown = words?.find((word) => !known.some((one) => one === word));
		if (unknown !== undefined) {
			return this.#refuse(name, `${unknown.slice(0, 50)} is none of ${known.join(', ')}`);
		}
		return words === undefined ? undefined : known.filter((one) => words.includes(one));
	}

	/** Throws a problem that names every bad value. */
	end(): void {
		if (this.#issues.length > 0) {
			throw new ProblemError({ status: 400, detail: 'The query cannot be read', issues: this.#issues });
		}
	}

	#refuse(path: string, message: string): undefined {
		this.#issues.push({ path, message });
		return undefined;
	}
}

/** Throws a problem. Keys of apps see their apps only, and nothing of the device. */
export function readHistoryQuery(
	parameters: Parameters,
	access: Access,
): { readonly query: HistoryQuery; readonly limit: number } {
	const reader = new QueryReader(parameters);
	const query = {
		since: reader.time('since'),
		until: reader.time('until'),
		app: reader.text('app'),
		appIds: coveredApps(access),
		serviceName: reader.text('service'),
		kinds: reader.words('kind', HISTORY_KINDS),
		before: reader.number('before'),
	};
	const limit = reader.count('limit', PAGE);
	reader.end();
	return { query, limit };
}

/** `undefined`: all, and the device. */
export function coveredApps(access: Access): readonly number[] | undefined {
	return access.coversDevice()
		? undefined
		: access.scopes.flatMap((scope) => (scope.type === 'app' ? [scope.appId] : []));
}

/** Throws a problem. */
export function readLogQuery(parameters: Parameters, access: Access): LogQuery {
	const reader = new QueryReader(parameters);
	const query = {
		covers: (appId: number) => access.covers(appId),
		app: reader.text('app'),
		serviceName: reader.text('service'),
		since: reader.time('since'),
		lines: reader.count('lines', LINES),
		isFollowed: isTruthy(reader.text('follow')),
	};
	reader.end();
	return query;
}
