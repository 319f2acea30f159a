import { useState } from 'preact/hooks';

interface Props {
	readonly wasRefused: boolean;
	readonly onKey: (key: string) => void;
}

/** The key stays in this tab, and goes to the device in a header only. */
export function KeyForm({ wasRefused, onKey }: Props) {
	const [key, setKey] = useState('');
	const submit = (event: Event) => {
		event.preventDefault();
		if (key.trim() !== '') onKey(key.trim());
	};
	return (
		<form class="card key" onSubmit={submit}>
			<p>
				This device asks for its key. <code>dindctl key</code> shows it for a private device; a service has its own in{' '}
				<code>BALENA_SUPERVISOR_API_KEY</code>. It is forgotten when you close this tab.
			</p>
			{wasRefused ? (
				<p class="bad" role="alert">
					The device does not know this key.
				</p>
			) : undefined}
			<label>
				Key
				<input
					type="password"
					name="key"
					autocomplete="off"
					spellcheck={false}
					required
					value={key}
					onInput={({ currentTarget }) => setKey(currentTarget.value)}
				/>
			</label>
			<button type="submit">Open</button>
		</form>
	);
}
