/** Names that the engine accepts for a volume. It also finds a network of such a name by that name. */
const NAME = /^[a-zA-Z0-9_.-]*$/;
/** A volume is a folder of its name. */
const LENGTH_MAX = 255;

export const NAME_CHARACTERS = 'letters, digits, "_", "." and "-"';

/** For the part after the id of the app and `_`, with which each of our names begins. */
export function isEngineName(name: string, prefix: string): boolean {
	return NAME.test(name) && prefix.length + name.length <= LENGTH_MAX;
}
