import { z } from 'zod';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { chooseDirectory } from './device-folder.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';
import type { OptionTable } from './options.ts';
import { V3Api } from './v3-api.ts';

const OPTIONS = {
	since: { type: 'string', value: 'TIME', help: 'from this time on, such as 2026-01-31 or 2026-01-31T22:00:00Z' },
	until: { type: 'string', value: 'TIME', help: 'up to this time' },
	service: { type: 'string', value: 'NAME', help: 'of one service only' },
	kind: { type: 'string', value: 'KINDS', help: 'such as service,lock,release,reboot' },
	limit: { type: 'string', value: 'N', help: 'of the newest so many (100)' },
	json: { type: 'boolean', help: 'as JSON, for programs' },
} as const satisfies OptionTable;
const QUERY = ['since', 'until', 'service', 'kind', 'limit'] as const;

const eventSchema = z.object({
	kind: z.string(),
	at: z.string(),
	sentence: z.string(),
	count: z.number().optional(),
	clock: z.string().optional(),
});
type HistoryEvent = z.infer<typeof eventSchema>;
const replySchema = z.object({ events: z.array(eventSchema) });

export const historyCommand: Command = {
	name: 'history',
	usage: [
		'Usage: dindctl history [OPTIONS]',
		'',
		'Shows what has happened on the device, the newest last: targets, steps, services, requests, locks, reboots, starts.',
		'',
		...describeOptions({ ...OPTIONS, ...PLACE_OPTIONS }),
	].join('\n'),
	async run(args) {
		const { values } = parseCommandLine('history', args, { options: OPTIONS, positionalsMax: 0 });
		const query = new URLSearchParams();
		for (const name of QUERY) query.set(name, values[name] ?? '');
		const reply = await (await V3Api.of(chooseDirectory(values))).read(`/v3/history?${query.toString()}`);
		if (values.json === true) console.log(JSON.stringify(reply, undefined, '\t'));
		else for (const event of replySchema.parse(reply).events.toReversed()) console.log(describeEvent(event));
		return 0;
	},
};

/** In the time of this machine; `?`: the clock of the device was not set by the network then. */
export function describeEvent({ at, kind, sentence, count, clock }: HistoryEvent): string {
	const time = new Date(at);
	const two = (n: number) => String(n).padStart(2, '0');
	const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
	const clockTime = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
	const repeats = count === undefined ? '' : ` (${count} times)`;
	return `${day} ${clockTime}${clock === undefined ? ' ' : '?'} ${kind.padEnd(8)} ${sentence}${repeats}`;
}
