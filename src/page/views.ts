export const VIEWS = [
	{ name: 'device', title: 'Device' },
	{ name: 'apps', title: 'Apps and services' },
	{ name: 'logs', title: 'Logs' },
	{ name: 'history', title: 'History' },
	{ name: 'plan', title: 'Plan' },
] as const;

export type ViewName = (typeof VIEWS)[number]['name'];

/** From the part of the address behind the `#`. */
export function viewOf(hash: string): ViewName {
	const name = hash.replace(/^#\/?/, '').split('?')[0];
	return VIEWS.find((view) => view.name === name)?.name ?? 'device';
}
