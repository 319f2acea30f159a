import { useEffect, useRef, useState } from 'preact/hooks';
import { isAborted } from '../../lib/is-aborted.ts';
import type { LogLine } from '../answers.ts';
import { type Client, RefusedError } from '../client.ts';
import { addLines, lastTimeOf, type ShownLine } from '../log-lines.ts';
import type { LogSource } from '../services.ts';
import { sleep } from '../sleep.ts';

interface Options {
	readonly client: Client;
	readonly source: LogSource | undefined;
	readonly containers: string;
	readonly isLive: boolean;
}

/** Many lines a second are drawn this often. */
const DRAW_EVERY_MS = 200;
const RETRY_MS = 2000;
const LINES = 500;
/** A new container writes its first lines before the page knows of it. */
const OVERLAP_MS = 10_000;

/** Follows the log while the device answers. What was read stays through breaks, and continues where it ended. */
export function useLogLines({ client, source, containers, isLive }: Options) {
	const kept = useRef<readonly ShownLine[]>([]);
	const [lines, setLines] = useState<readonly ShownLine[]>([]);
	const [problem, setProblem] = useState<string | undefined>();
	useEffect(() => {
		if (!isLive) return undefined;
		const controller = new AbortController();
		const draw = setInterval(() => setLines(kept.current), DRAW_EVERY_MS);
		void followLog({
			client,
			source,
			signal: controller.signal,
			lines: () => kept.current,
			add: (found, resumedAtMs) => (kept.current = addLines(kept.current, found, resumedAtMs)),
			report: setProblem,
		});
		return () => {
			controller.abort();
			clearInterval(draw);
		};
	}, [client, source?.id, containers, isLive]);
	return { lines, problem };
}

interface Follow extends Pick<Options, 'client' | 'source'> {
	readonly signal: AbortSignal;
	readonly lines: () => readonly ShownLine[];
	readonly add: (found: readonly LogLine[], resumedAtMs: number | undefined) => void;
	readonly report: (problem: string | undefined) => void;
}

async function followLog({ client, source, signal, lines, add, report }: Follow): Promise<void> {
	while (!signal.aborted) {
		const resumedAtMs = lastTimeOf(lines());
		try {
			for await (const found of client.lines(pathOf(source, resumedAtMs), signal)) {
				report(undefined);
				add(found as readonly LogLine[], resumedAtMs); // the form is that of docs/openapi.json
			}
		} catch (error) {
			// A device that is away is reported at the top of the page.
			if (error instanceof RefusedError && !isAborted(signal)) report(error.message);
		}
		await sleep(RETRY_MS, signal);
	}
}

function pathOf(source: LogSource | undefined, sinceMs: number | undefined): string {
	const query = new URLSearchParams({ follow: 'true', lines: String(LINES) });
	if (source !== undefined) {
		query.set('app', source.app);
		query.set('service', source.service);
	}
	if (sinceMs !== undefined) query.set('since', new Date(sinceMs - OVERLAP_MS).toISOString());
	return `/v3/logs?${query.toString()}`;
}
