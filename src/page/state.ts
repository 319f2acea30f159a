import type { Device, Explanation, Progress, Status } from './answers.ts';
import type { StreamEvent } from './read-stream.ts';

/** Between the page and its device. */
export type Link =
	| { readonly state: 'connecting' }
	| { readonly state: 'live' }
	/** The device does not answer; it is asked again at that time. */
	| { readonly state: 'lost'; readonly retryAtMs: number }
	| { readonly state: 'key-wanted'; readonly wasRefused: boolean };

export interface PageState {
	readonly link: Link;
	readonly status: Status | undefined;
	readonly explanation: Explanation | undefined;
	readonly device: Device | undefined;
	readonly downloads: readonly Progress[];
	/** Grows with each event of the history. */
	readonly historyCount: number;
	/** The id of the last event, from which a broken stream continues. */
	readonly lastEventId: string | undefined;
	readonly samples: readonly Sample[];
}

/** Of the host, for the small plots; 0 to 100, or degrees. */
export interface Sample {
	readonly cpu: number | null;
	readonly memory: number | null;
	readonly temperature: number | null;
}

export type Action =
	| { readonly kind: 'link'; readonly link: Link }
	| { readonly kind: 'seen'; readonly status: Status; readonly explanation: Explanation; readonly device: Device }
	| { readonly kind: 'sample'; readonly device: Device }
	| { readonly kind: 'event'; readonly event: StreamEvent };

const SAMPLES_MAX = 60;

export const INITIAL: PageState = {
	link: { state: 'connecting' },
	status: undefined,
	explanation: undefined,
	device: undefined,
	downloads: [],
	historyCount: 0,
	lastEventId: undefined,
	samples: [],
};

export function reduce(state: PageState, action: Action): PageState {
	switch (action.kind) {
		case 'link':
			// The stream sends downloads again when it is back.
			return { ...state, link: action.link, downloads: action.link.state === 'live' ? state.downloads : [] };
		case 'seen': {
			const { status, explanation, device } = action;
			// The end of a download has no event of its own.
			const downloads = status.status === 'done' ? [] : state.downloads;
			return { ...state, status, explanation, device, downloads };
		}
		case 'sample':
			return {
				...state,
				device: action.device,
				samples: [...state.samples, sampleOf(action.device)].slice(-SAMPLES_MAX),
			};
		case 'event':
			return reduceEvent(state, action.event);
	}
}

function reduceEvent(state: PageState, { event, data, id }: StreamEvent): PageState {
	const next = id === undefined ? state : { ...state, lastEventId: id };
	switch (event) {
		case 'history':
			return { ...next, historyCount: state.historyCount + 1 };
		case 'progress':
			return { ...next, downloads: withProgress(state.downloads, parseProgress(data)) };
		default:
			return next;
	}
}

/** These change what the device and its explanation show, so that both are read again. */
export function isNews({ event }: StreamEvent): boolean {
	return event === 'status' || event === 'explain' || event === 'history';
}

function parseProgress(data: string): Progress {
	return JSON.parse(data) as Progress; // written by the device itself
}

/** One that is complete is no download any more. */
function withProgress(downloads: readonly Progress[], next: Progress): readonly Progress[] {
	const others = downloads.filter(({ image }) => image !== next.image);
	return next.percent >= 100 ? others : [...others, next];
}

function sampleOf({ host: { cpu, memory, temperature } }: Device): Sample {
	const used = memory === null || memory.total === 0 ? null : 100 * (1 - memory.available / memory.total);
	return { cpu: cpu.usage, memory: used, temperature };
}

/** Longer and longer, so that a device that restarts is found soon and one that is off is not asked all the time. */
export function retryDelayMs(failures: number): number {
	return Math.min(10_000, 500 * 2 ** Math.max(0, failures - 1));
}
