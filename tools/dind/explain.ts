import { DeviceError } from '../device/index.ts';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { describeExplanation, explanationSchema, findPart } from './describe-explanation.ts';
import { chooseDirectory } from './device-folder.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';
import type { OptionTable } from './options.ts';
import { choosePaint } from './terminal.ts';
import { V3Api } from './v3-api.ts';

const OPTIONS = { json: { type: 'boolean', help: 'as JSON, for programs' } } as const satisfies OptionTable;
const NOT_ON_TARGET = 3;

export const explainCommand: Command = {
	name: 'explain',
	usage: [
		'Usage: dindctl explain [APP] [SERVICE]',
		'',
		'Says of the device, an app or a service where it stands, why, and what ends it. Ends with 3 when it is not on target.',
		'',
		...describeOptions({ ...OPTIONS, ...PLACE_OPTIONS }),
	].join('\n'),
	async run(args) {
		const { values, positionals } = parseCommandLine('explain', args, { options: OPTIONS, positionalsMax: 2 });
		const api = await V3Api.of(chooseDirectory(values));
		const found = findPart(explanationSchema.parse(await api.read('/v3/explain')), positionals);
		if (found === undefined) {
			throw new DeviceError(`There is no ${positionals.join(' with ')}`, 'See dindctl status');
		}
		const paint = choosePaint(process.stdout, process.env);
		if (values.json === true) console.log(JSON.stringify(found, undefined, '\t'));
		else console.log(describeExplanation(found, { now: Date.now(), paint }).join('\n'));
		return found.state === 'on_target' ? 0 : NOT_ON_TARGET;
	},
};
