import type { Plan } from './answers.ts';

/** What matters of a plan to the owner of the device: what stops, what is lost, what is loaded, what is refused. */
export function summarizePlan(plan: Plan): readonly string[] {
	const services = (all: Plan['stops']) => all.map(({ service }) => service);
	return [
		...(plan.steps.length === 0 ? ['There is nothing to do.'] : []),
		...list('Restarts', services(plan.restarts)),
		...list('Stops', services(plan.stops)),
		...list('Removes volumes, with their data', plan.removes.volumes),
		...list('Removes networks', plan.removes.networks),
		...list(
			'Downloads',
			plan.downloads.map(({ image }) => image),
		),
		...list('Takes the update locks of', services(plan.needs.locks)),
		...(plan.needs.reboot ? ['Reboots the device.'] : []),
		...plan.refused.map(({ path, message }) => `Refused: ${path} ${message}`),
		...plan.ignored.map(({ path, message }) => `Ignored: ${path} ${message}`),
		...(plan.settled ? [] : ['Even then the device is not on target.']),
	];
}

function list(what: string, names: readonly string[]): readonly string[] {
	return names.length === 0 ? [] : [`${what}: ${[...new Set(names)].join(', ')}.`];
}
