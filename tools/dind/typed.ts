/** How this program was called: hints repeat it, so that they can be copied. */

const WORDS =
	'run|build|buildrun|status|explain|history|events|logs|release|refresh|docker|exec|shell|open|key|stop|COMMAND|--help';
const HINT = new RegExp(`\\bdindctl (${WORDS})\\b(?! *=)`, 'g');

/** Puts the command as it was typed, with the options that name the device, in place of the short name of the program. */
export function asTyped(text: string, { command, place = '' }: Typed): string {
	return text.replaceAll(HINT, (_hint, word: string) => {
		const isAboutDevice = !['build', 'COMMAND', '--help'].includes(word);
		return `${command} ${word}${isAboutDevice ? place : ''}`;
	});
}

export interface Typed {
	readonly command: string;
	/** ` --name x`, or nothing. */
	readonly place?: string;
}

/** The start script says what was typed; `place` is what was given of the options that name the device. */
export function readTyped(
	env: Readonly<Record<string, string | undefined>>,
	place: Readonly<Record<string, string>>,
): Typed {
	const options = Object.entries(place).map(([name, value]) => ` --${name} ${quote(value)}`);
	return { command: env['DINDCTL_TYPED'] ?? 'dindctl', place: options.join('') };
}

function quote(text: string): string {
	return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
