import type { DeviceStatus } from './device-status.ts';
import type { Colour, Paint } from './terminal.ts';
import { describeDuration, formatTable, shorten, wrap } from './terminal.ts';

const LABEL = 12;
/** Enough to recognise a release; the whole one is above. */
const COMMIT_LENGTH = 8;
const SERVICE_LENGTH_MAX = 20;
const STATE_COLOURS: Readonly<Record<string, Colour>> = {
	running: 'green',
	healthy: 'green',
	restarting: 'red',
	unhealthy: 'red',
	dead: 'red',
};

/** The lines of `dindctl status`, for a terminal of 80 columns. */
export function describeStatus(status: DeviceStatus, { now, paint }: { now: number; paint: Paint }): readonly string[] {
	if (status.device === 'kept') return ['The device is stopped, and its data is kept. Start it with dindctl run.'];
	if (status.device === 'none') return ['No device is running. Start one with dindctl run.'];
	const { engine, supervisor, forwards = [], problems = [] } = status;
	const isUp = engine?.up === true;
	return [
		describeTarget(status, now, paint),
		...(status.reason === undefined ? [] : describeWhy(status, now)),
		label('wanted', `${status.wanted ?? 'none yet'}${status.state === undefined ? '' : `, ${status.state}`}`),
		label('running', status.running ?? 'none yet'),
		label('engine', `${isUp ? 'up' : 'does not answer'}, ${engine?.socket ?? ''}`),
		label('cloud', status.cloud ?? 'none'),
		label('supervisor', `${supervisor?.health ?? ''}, ${supervisor?.address ?? ''}`),
		...heading(
			'problems',
			problems.flatMap((text) => wrap(text, 2)),
		),
		...heading('services', isUp ? describeServices(status, { now, paint }) : []),
		...heading(
			'ports',
			formatTable(
				forwards.map(({ address, service, port }) => [`  ${address}`, `${service}, port ${port} of the device`]),
			),
		),
	];
}

function describeTarget(status: DeviceStatus, now: number, paint: Paint): string {
	const since = status.since === undefined ? '' : ` since ${describeTime(status.since, now)}`;
	const text = status.on_target ? paint('green', 'on target') : `${paint('red', 'not on target')}${since}`;
	return label('device', text);
}

function describeWhy(status: DeviceStatus, now: number): readonly string[] {
	const next = describeNext(status, now);
	return wrap(`${status.reason ?? ''}${next === '' ? '' : `; ${next}`}`, LABEL);
}

type Services = NonNullable<DeviceStatus['services']>;

function describeServices(status: DeviceStatus, { now, paint }: { now: number; paint: Paint }): readonly string[] {
	const { services = [] } = status;
	if (services.length === 0) return [];
	const rows = services.map((service) => [
		shorten(service.name, SERVICE_LENGTH_MAX),
		`${service.state}${service.exit_code === undefined ? '' : ` (${service.exit_code})`}`,
		service.state_since === undefined ? '-' : describeAge(service.state_since, now),
		service.health ?? '-',
		service.release?.slice(0, COMMIT_LENGTH) ?? '-',
		describePorts(service.ports),
	]);
	const table = formatTable(
		[['service', 'state', 'since', 'health', 'release', 'ports'], ...rows].map(([first = '', ...rest]) => [
			`  ${first}`,
			...rest,
		]),
		(text, row) => {
			const colour = row === 0 ? undefined : STATE_COLOURS[text.replace(/ \(.*/, '')];
			return colour === undefined ? text : paint(colour, text);
		},
	);
	const [header = '', ...lines] = table;
	const why = services.map((service) => {
		if (service.reason === undefined || service.reason === status.reason) return [];
		const since = service.since === undefined ? '' : `, since ${describeTime(service.since, now)}`;
		const next = describeNext(service, now);
		return wrap(`${service.reason}${since}${next === '' ? '' : `; ${next}`}`, 4);
	});
	return [header, ...lines.flatMap((line, at) => [line, ...(why[at] ?? [])])];
}

/** As many as fit; the rest is in `--json`. */
function describePorts(ports: Services[number]['ports']): string {
	const texts = ports.map(
		({ port, inside, protocol }) => `${port}->${inside}${protocol === 'tcp' ? '' : `/${protocol}`}`,
	);
	if (texts.length === 0) return '-';
	return texts.length > 2 ? `${texts.slice(0, 1).join(' ')} and ${texts.length - 1} more` : texts.join(' ');
}

/** Of the same day, the time is enough. */
function describeTime(text: string, now: number): string {
	const at = new Date(text);
	const local = `${at.toISOString().slice(0, 10)} ${at.toISOString().slice(11, 19)}`;
	const isToday = new Date(now).toISOString().slice(0, 10) === local.slice(0, 10);
	return `${isToday ? local.slice(11) : local} UTC (${describeAge(text, now)})`;
}

function describeAge(text: string, now: number): string {
	return describeDuration(now - Date.parse(text));
}

function describeNext({ next_try: next }: { readonly next_try?: string }, now: number): string {
	if (next === undefined) return '';
	const left = Date.parse(next) - now;
	return left <= 0 ? 'tried again now' : `next try in ${describeDuration(left)}`;
}

function heading(name: string, lines: readonly string[]): readonly string[] {
	return lines.length === 0 ? [] : [name, ...lines];
}

function label(name: string, text: string): string {
	return `${name.padEnd(LABEL)}${text}`;
}
