/** What the engine accepts in the name of a volume; a network of such a name can be asked for by it. */
const NAME = /^[a-zA-Z0-9_.-]*$/;
/** A volume is a folder of its name. */
const LENGTH_MAX = 255;

export const NAME_CHARACTERS = 'letters, digits, "_", "." and "-"';

/** For the part after the id of the app and `_`, with which every name of ours begins. */
export function isEngineName(name: string, prefix: string): boolean {
	return NAME.test(name) && prefix.length + name.length <= LENGTH_MAX;
}
