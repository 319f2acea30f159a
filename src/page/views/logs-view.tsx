import { useEffect, useRef, useState } from 'preact/hooks';
import type { Client } from '../client.ts';
import { type ShownLine, searchLines, toText } from '../log-lines.ts';
import { LogBox } from '../parts/log-box.tsx';
import { useLogLines } from '../parts/use-log-lines.ts';
import { listLogSources, type LogSource } from '../services.ts';
import type { PageState } from '../state.ts';

interface Props {
	readonly state: PageState;
	readonly client: Client;
}

/** The lines of services as they are written: of all, or of one. */
export function LogsView({ state, client }: Props) {
	const sources = listLogSources(state.device?.apps ?? {});
	const [chosen, setChosen] = useState('');
	const source = sources.find(({ id }) => id === chosen);
	return (
		<section class="card logs">
			<label>
				Service{' '}
				<select value={source?.id ?? ''} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
					<option value="">All services</option>
					{sources.map(({ id, label }) => (
						<option key={id} value={id}>
							{label}
						</option>
					))}
				</select>
			</label>
			<Lines key={source?.id ?? ''} {...{ client, source, sources, isLive: state.link.state === 'live' }} />
		</section>
	);
}

interface LinesProps {
	readonly client: Client;
	/** `undefined`: all of them. */
	readonly source: LogSource | undefined;
	readonly sources: readonly LogSource[];
	readonly isLive: boolean;
}

function Lines({ client, source, sources, isLive }: LinesProps) {
	// A new container has a log of its own: then the stream is opened again.
	const containers = (source === undefined ? sources : [source]).flatMap((one) => one.containers).join();
	const { lines, problem } = useLogLines({ client, source, containers, isLive });
	const [search, setSearch] = useState('');
	const [paused, setPaused] = useState<readonly ShownLine[] | undefined>();
	const shown = searchLines(paused ?? lines, search);
	return (
		<>
			<div class="tools">
				<label>
					Search <input type="search" value={search} onInput={({ currentTarget }) => setSearch(currentTarget.value)} />
				</label>
				<button
					type="button"
					aria-pressed={paused !== undefined}
					onClick={() => setPaused(paused === undefined ? lines : undefined)}
				>
					{paused === undefined ? 'Pause' : 'Continue'}
				</button>
				<Download lines={shown} name={source?.label ?? 'all'} />
				<small role="status">{paused === undefined ? '' : 'Paused. New lines are kept.'}</small>
			</div>
			{problem === undefined ? undefined : <p class="bad">{problem}</p>}
			<LogBox lines={shown} hasNames={source === undefined} />
		</>
	);
}

function Download({ lines, name }: { readonly lines: readonly ShownLine[]; readonly name: string }) {
	const link = useRef<HTMLAnchorElement>(null);
	const [address, setAddress] = useState<string | undefined>();
	useEffect(() => {
		if (address === undefined) return undefined;
		link.current?.click();
		// The browser has taken it by then.
		const timer = setTimeout(() => URL.revokeObjectURL(address), 10_000);
		return () => clearTimeout(timer);
	}, [address]);
	return (
		<>
			<button
				type="button"
				disabled={lines.length === 0}
				onClick={() => setAddress(URL.createObjectURL(new Blob([toText(lines)], { type: 'text/plain' })))}
			>
				Download
			</button>
			{address === undefined ? undefined : (
				<a ref={link} hidden href={address} download={`${name.replaceAll(/[^\w.-]+/g, '-')}.log`}>
					The lines
				</a>
			)}
		</>
	);
}
