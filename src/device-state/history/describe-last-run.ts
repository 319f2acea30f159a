import type { HistoryEntry, HistoryEvent } from '../../domain/history.ts';

/** The first event of a run: how the last one ended shows in what it wrote last. */
export function describeLastRun(run: {
	readonly version: string;
	readonly boot: string;
	/** The newest row of its kind. */
	readonly last: HistoryEntry | undefined;
}): HistoryEvent {
	const { version, boot } = run;
	const lastRun = judge(run);
	return {
		...{ kind: 'start', event: 'started' },
		sentence: `supervisor ${version} starts; ${lastRun}`,
		details: { version, boot },
	};
}

function judge({ boot, last }: { readonly boot: string; readonly last: HistoryEntry | undefined }): string {
	if (last === undefined) {
		return 'no earlier run is known';
	}
	if (last.event === 'stopped') {
		return `the last run ended ${last.sentence.replace(/^the supervisor stops /, '')}`;
	}
	return last.details?.['boot'] === boot && boot !== ''
		? 'the last run was killed or crashed'
		: 'the last run ended without notice: the power was cut, or the system did not stop it';
}
