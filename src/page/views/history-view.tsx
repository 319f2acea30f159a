import { useEffect, useState } from 'preact/hooks';
import { HISTORY_KINDS } from '../../domain/history.ts';
import type { HistoryEntry, HistoryPage } from '../answers.ts';
import { type Client, RefusedError } from '../client.ts';
import { formatTime, labelOf, withoutColours } from '../format.ts';
import type { PageState } from '../state.ts';

const PAGE = 50;
const ENTRIES_MAX = 1000;
/** Events come in groups. */
const READ_AFTER_MS = 300;

interface Props {
	readonly state: PageState;
	readonly client: Client;
}

/** What has happened, the newest first; it grows by itself. */
export function HistoryView({ state, client }: Props) {
	const [kind, setKind] = useState('');
	const [limit, setLimit] = useState(PAGE);
	const { page, problem } = useHistory({ client, kind, limit, news: `${state.historyCount} ${state.link.state}` });
	return (
		<section class="card">
			<label>
				Kind{' '}
				<select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value)}>
					<option value="">All</option>
					{HISTORY_KINDS.map((name) => (
						<option key={name} value={name}>
							{labelOf(name)}
						</option>
					))}
				</select>
			</label>
			{problem === undefined ? undefined : <p class="bad">{problem}</p>}
			{page?.events.length === 0 ? <p>Nothing of this kind has happened.</p> : undefined}
			<ol class="history">
				{page?.events.map((entry) => (
					<Entry key={entry.id} entry={entry} />
				))}
			</ol>
			{page?.next !== undefined && limit < ENTRIES_MAX ? (
				<button type="button" onClick={() => setLimit(Math.min(ENTRIES_MAX, limit + PAGE))}>
					Show older
				</button>
			) : undefined}
		</section>
	);
}

function Entry({ entry: { kind, at, count, clock, sentence, details } }: { readonly entry: HistoryEntry }) {
	const shown = Object.entries(details ?? {});
	return (
		<li>
			<time dateTime={at}>{formatTime(at)}</time>
			{clock === undefined ? undefined : <small> (the clock was not set)</small>}{' '}
			<span class="mark quiet">{labelOf(kind)}</span> {sentence}
			{count === undefined ? undefined : <small> {count} times</small>}
			{shown.length === 0 ? undefined : (
				<details>
					<summary>Details</summary>
					<dl>
						{shown.map(([name, value]) => (
							<div key={name}>
								<dt>{labelOf(name)}</dt>
								<dd>{textOf(value)}</dd>
							</div>
						))}
					</dl>
				</details>
			)}
		</li>
	);
}

/** Several values are lines, such as the last ones of a service. */
function textOf(value: unknown) {
	return Array.isArray(value) ? <pre>{withoutColours(value.join('\n'))}</pre> : String(value);
}

interface Query {
	readonly client: Client;
	readonly kind: string;
	readonly limit: number;
	/** Changes when there is something new to read. */
	readonly news: string;
}

function useHistory({ client, kind, limit, news }: Query) {
	const [page, setPage] = useState<HistoryPage | undefined>();
	const [problem, setProblem] = useState<string | undefined>();
	useEffect(() => {
		const controller = new AbortController();
		const read = async () => {
			try {
				const query = kind === '' ? '' : `&kind=${kind}`;
				setPage(await client.get<HistoryPage>(`/v3/history?limit=${limit}${query}`, controller.signal));
				setProblem(undefined);
			} catch (error) {
				if (error instanceof RefusedError) setProblem(error.message);
			}
		};
		const timer = setTimeout(() => void read(), page === undefined ? 0 : READ_AFTER_MS);
		return () => {
			clearTimeout(timer);
			controller.abort();
		};
	}, [client, kind, limit, news]);
	return { page, problem };
}
