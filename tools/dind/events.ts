import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { chooseDirectory } from './device-folder.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';
import { V3Api } from './v3-api.ts';

export const eventsCommand: Command = {
	name: 'events',
	usage: [
		'Usage: dindctl events',
		'',
		'Prints what happens on the device until Ctrl-C, one event a line: its kind, then JSON.',
		'',
		...describeOptions(PLACE_OPTIONS),
	].join('\n'),
	async run(args, signal) {
		const { values } = parseCommandLine('events', args, { options: {}, positionalsMax: 0 });
		const api = await V3Api.of(chooseDirectory(values));
		const reader = new EventLines();
		try {
			for await (const chunk of api.follow('/v3/events', signal)) {
				for (const line of reader.read(chunk)) console.log(line);
			}
		} catch (error) {
			if (!signal.aborted) throw error;
		}
		return 0;
	},
};

/** Puts the parts of server-sent events together, wherever they were cut. */
export class EventLines {
	#rest = '';

	read(chunk: string): readonly string[] {
		const blocks = (this.#rest + chunk).split('\n\n');
		this.#rest = blocks.pop() ?? '';
		return blocks.flatMap((block) => {
			const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
			const [event, data] = [field('event'), field('data')];
			return event === undefined || data === undefined ? [] : [`${event.padEnd(8)} ${data}`];
		});
	}
}
