import type { Link } from '../state.ts';
import { useNow } from './use-now.ts';

/** How the page stands to its device. Always there, so that a screen reader hears when it changes. */
export function Banner({ link }: { readonly link: Link }) {
	return (
		<div class={`banner ${link.state}`} role="status">
			{link.state === 'connecting' ? 'Connecting to the device …' : undefined}
			{link.state === 'lost' ? 'The device does not answer. What you see is what it said last.' : undefined}
			{link.state === 'lost' ? <Countdown atMs={link.retryAtMs} /> : undefined}
		</div>
	);
}

/** Hidden from screen readers: they would read each second. */
function Countdown({ atMs }: { readonly atMs: number }) {
	const seconds = Math.max(0, Math.ceil((atMs - useNow(1000)) / 1000));
	return <span aria-hidden="true"> {seconds === 0 ? 'Trying now …' : `Next try in ${seconds} s.`}</span>;
}
