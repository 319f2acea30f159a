import { useEffect, useRef } from 'preact/hooks';
import type { ShownLine } from '../log-lines.ts';

interface Props {
	readonly lines: readonly ShownLine[];
	/** Of their services, before each line. */
	readonly hasNames: boolean;
}

const NEAR_END_PX = 40;

/** Stays at the newest line unless the reader has scrolled up. Not announced: a screen reader would never end. */
export function LogBox({ lines, hasNames }: Props) {
	const box = useRef<HTMLDivElement>(null);
	const isAtEnd = useRef(true);
	useEffect(() => {
		if (isAtEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
	}, [lines]);
	const onScroll = () => {
		const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = box.current ?? {};
		isAtEnd.current = scrollTop + clientHeight >= scrollHeight - NEAR_END_PX;
	};
	return (
		<div class="lines" role="log" aria-live="off" aria-label="Lines" tabIndex={0} ref={box} onScroll={onScroll}>
			{lines.length === 0 ? <p>No lines yet.</p> : undefined}
			{lines.map(({ number, timestamp, serviceName, message, isStdErr }) => (
				<div key={number} class={isStdErr === true ? 'line error' : 'line'}>
					{timestamp === undefined ? undefined : (
						<time dateTime={new Date(timestamp).toISOString()}>{new Date(timestamp).toLocaleTimeString()} </time>
					)}
					{hasNames && serviceName !== undefined ? <b>{serviceName} </b> : undefined}
					<span>{message}</span>
				</div>
			))}
		</div>
	);
}
