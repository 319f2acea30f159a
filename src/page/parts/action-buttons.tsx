import { useState } from 'preact/hooks';
import type { Action } from '../actions.ts';
import { type Client, RefusedError } from '../client.ts';
import { Question } from './question.tsx';

interface Props {
	readonly client: Client;
	readonly actions: readonly Action[];
}

type Progress =
	| { readonly state: 'idle' }
	| { readonly state: 'asked'; readonly action: Action }
	| { readonly state: 'running' | 'done'; readonly action: Action }
	| { readonly state: 'failed'; readonly action: Action; readonly problem: string };

/** Buttons that ask back where something stops or is lost, and say how it ended. */
export function ActionButtons({ client, actions }: Props) {
	const [progress, setProgress] = useState<Progress>({ state: 'idle' });
	const run = async (action: Action, force: boolean) => {
		setProgress({ state: 'running', action });
		try {
			await client.post(action.path, force ? { ...action.body, force } : action.body);
			setProgress({ state: 'done', action });
		} catch (error) {
			setProgress({ state: 'failed', action, problem: describe(error) });
		}
	};
	const isOff = (action: Action) => action.isOff === true || progress.state === 'running';
	const start = (action: Action) => {
		if (isOff(action)) return;
		if (action.question === undefined) void run(action, false);
		else setProgress({ state: 'asked', action });
	};
	if (actions.length === 0 && progress.state === 'idle') return null;
	return (
		<div class="tools">
			{actions.map((action) => (
				// Not `disabled`: that would take the focus away from the one that was pressed.
				<button key={action.label} type="button" aria-disabled={isOff(action)} onClick={() => start(action)}>
					{action.label}
				</button>
			))}
			<span role="status" class={progress.state === 'failed' ? 'bad' : ''}>
				{sentenceOf(progress)}
			</span>
			{progress.state === 'asked' ? (
				<Question
					action={progress.action}
					onAnswer={(answer) => {
						if (answer === undefined) setProgress({ state: 'idle' });
						else void run(progress.action, answer.force);
					}}
				/>
			) : undefined}
		</div>
	);
}

function sentenceOf(progress: Progress): string {
	switch (progress.state) {
		case 'idle':
		case 'asked':
			return '';
		case 'running':
			return `${progress.action.label}: asked …`;
		case 'done':
			return `${progress.action.label}: done.`;
		case 'failed':
			return `${progress.action.label}: ${progress.problem}`;
	}
}

function describe(error: unknown): string {
	if (error instanceof RefusedError) return error.message;
	return 'the device did not answer. Look at its history before you ask again.';
}
