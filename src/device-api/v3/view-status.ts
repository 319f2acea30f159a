import type { Access } from '../access.ts';
import type { Explained, ExplainedApp } from './explained.ts';
import type { V3Input } from './v3-input.ts';

/** Worst first. `unknown`: the device cannot be observed (decision D19). */
const WORDS = ['unknown', 'interrupted', 'rejected', 'aborted', 'applying changes', 'done'] as const;

type Word = (typeof WORDS)[number];

interface AppStatus {
	readonly name: string;
	readonly status: Word;
	readonly release: string | null;
	readonly wanted_release: string | null;
	readonly sentence: string;
}

/** `GET /v3/status` (spec: v3-api 2): the device's word is the worst of its apps'. */
export function viewStatus(
	{ status }: V3Input,
	device: Explained,
	apps: readonly ExplainedApp[],
	access: Access,
): object {
	const isShuttingDown = status?.current?.host.shuttingDown === true;
	const own = apps
		.filter(({ appId }) => access.covers(appId))
		.map((app) => [app.uuid, viewApp(app, isShuttingDown)] as const);
	const { since, clock, sentence } = device.view;
	const words = [ofDevice(device, own.length === 0, isShuttingDown), ...own.map(([, app]) => app.status)];
	return {
		status: WORDS.find((word) => words.includes(word)),
		since,
		...(clock === undefined ? {} : { clock }),
		sentence: isShuttingDown ? 'the device is shutting down or about to reboot' : sentence,
		apps: Object.fromEntries(own),
	};
}

/** What is wrong with the cloud changes nothing here, and no step of the device is an app's. */
function ofDevice(device: Explained, isAlone: boolean, isShuttingDown: boolean): Word {
	if (isShuttingDown) {
		return 'interrupted';
	}
	const { state, steps } = device.view;
	return state === 'unknown' ? 'unknown' : isAlone && steps.length > 0 ? 'applying changes' : 'done';
}

function viewApp(app: ExplainedApp, isShuttingDown: boolean): AppStatus {
	const { name, view } = app;
	return {
		name,
		status: isShuttingDown ? 'interrupted' : wordOf(app),
		release: view.current?.release ?? null,
		wanted_release: view.wanted?.release ?? null,
		sentence: view.sentence,
	};
}

export function wordOf({ view, isOthers }: Explained): Word {
	switch (view.state) {
		case 'unknown':
		case 'rejected':
			return view.state;
		case 'failing':
		case 'waiting':
			return isOthers ? 'aborted' : 'applying changes';
		case 'changing':
			return 'applying changes';
		case 'stopped':
		case 'on_target':
			return 'done';
	}
}
