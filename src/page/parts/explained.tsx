import type { Explanation } from '../answers.ts';
import { formatSince, labelOf, withoutColours } from '../format.ts';
import { useNow } from './use-now.ts';

const MARKS: Readonly<Record<string, string>> = {
	on_target: 'good',
	done: 'good',
	changing: 'busy',
	'applying changes': 'busy',
	waiting: 'busy',
	stopped: 'quiet',
	failing: 'bad',
	rejected: 'bad',
	aborted: 'bad',
	unknown: 'bad',
	interrupted: 'busy',
};

/** A word with a colour; the word is what counts. */
export function StateMark({ state }: { readonly state: string }) {
	return <span class={`mark ${MARKS[state] ?? 'quiet'}`}>{labelOf(state)}</span>;
}

/** Why a subject is not where it should be: since when, what ends it, what went wrong last. */
export function Explained({ explanation }: { readonly explanation: Explanation }) {
	const { state, since, sentence, ends_when: endsWhen, last_error: lastError } = explanation;
	const lasted = formatSince(since, useNow(1000));
	return (
		<div class="why">
			<p>
				<StateMark state={state} /> {sentence}
				{lasted === '' ? undefined : <small> for {lasted}</small>}
			</p>
			{endsWhen === null ? undefined : <p class="ends">Ends when {endsWhen}.</p>}
			{lastError === null ? undefined : (
				<p class="bad">
					Last error: <q>{withoutColours(lastError)}</q>
				</p>
			)}
			<Differences of={explanation} />
		</div>
	);
}

function Differences({ of }: { readonly of: Explanation }) {
	if (of.differences.length === 0) return null;
	return (
		<details>
			<summary>
				{of.differences.length} {of.differences.length === 1 ? 'difference' : 'differences'}
			</summary>
			<ul>
				{of.differences.map(({ field, is, should }) => (
					<li key={field}>
						<b>{field}</b>: <code>{is}</code> should be <code>{should}</code>
					</li>
				))}
			</ul>
		</details>
	);
}
