import { useEffect, useRef, useState } from 'preact/hooks';
import type { Action } from '../actions.ts';

interface Props {
	readonly action: Action;
	/** `undefined`: no. */
	readonly onAnswer: (answer: { readonly force: boolean } | undefined) => void;
}

/** A dialog of the browser: it holds the focus, Escape means no, and the focus returns to its button. */
export function Question({ action, onAnswer }: Props) {
	const dialog = useRef<HTMLDialogElement>(null);
	const [force, setForce] = useState(false);
	useEffect(() => {
		dialog.current?.showModal();
	}, []);
	const answer = (isYes: boolean) => {
		dialog.current?.close();
		onAnswer(isYes ? { force } : undefined);
	};
	return (
		<dialog
			ref={dialog}
			aria-label={action.label}
			onCancel={(event) => {
				event.preventDefault();
				answer(false);
			}}
		>
			<p>
				<strong>{action.label}?</strong>
			</p>
			<p>{action.question}</p>
			{action.canForce ? (
				<label>
					<input type="checkbox" checked={force} onChange={({ currentTarget }) => setForce(currentTarget.checked)} />{' '}
					Also if an app has locked updates
				</label>
			) : undefined}
			<div class="tools">
				<button type="button" onClick={() => answer(false)}>
					Cancel
				</button>
				<button type="button" class="main" onClick={() => answer(true)}>
					{action.label}
				</button>
			</div>
		</dialog>
	);
}
