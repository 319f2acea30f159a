import { ComposeFileError } from './compose-file-error.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const OPERATOR = /:?[-?+]/y;
/** Fields where the text `false` would be taken for true. */
const TRUTHS = new Set(
	['attachable', 'disable', 'external', 'init', 'internal', 'nocopy', 'oom_kill_disable', 'privileged', 'read_only']
		.concat(['required', 'stdin_open', 'tty', 'enable_ipv4', 'enable_ipv6', 'create_host_path', 'readonly'])
		.map(canonical),
);

/**
 * Replaces variables in all values of a composition (not in its keys), as docker compose does. An unset variable is
 * refused instead of replaced by an empty text: the warning would not be seen on a device.
 */
export function interpolate(value: unknown, variables: Variables, path = ''): unknown {
	if (Array.isArray(value)) {
		return value.map((item, index) => interpolate(item, variables, `${path}[${index}]`));
	}
	if (typeof value === 'object' && value !== null) {
		const members = Object.entries(value).map(([key, member]): [string, unknown] => {
			const replaced = interpolate(member, variables, path === '' ? key : `${path}.${key}`);
			return [key, replaced === member || !TRUTHS.has(canonical(key)) ? replaced : readTruth(replaced)];
		});
		return Object.fromEntries(members);
	}
	return typeof value === 'string' ? interpolateText(value, variables, path) : value;
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${NAME:+instead}`, the same without colon, and `$$`. */
export function interpolateText(text: string, variables: Variables, path: string): string {
	return text.includes('$') ? new Template(text, variables, path).read() : text;
}

/** One text, read from left to right; what stands in braces may hold variables again. */
class Template {
	readonly #text: string;
	readonly #variables: Variables;
	readonly #path: string;
	#at = 0;

	constructor(text: string, variables: Variables, path: string) {
		this.#text = text;
		this.#variables = variables;
		this.#path = path;
	}

	/** Up to the end, or, in braces, to the one that closes them. `isUsed` is false for an alternative not taken. */
	read(inBraces = false, isUsed = true): string {
		let result = '';
		while (this.#at < this.#text.length) {
			const next = this.#text.charAt(this.#at++);
			if (next === '}' && inBraces) return result;
			result += next === '$' ? this.#readVariable(isUsed) : next;
		}
		if (inBraces) throw this.#malformed();
		return result;
	}

	#readVariable(isUsed: boolean): string {
		if (this.#take(/\$/y) !== undefined) return '$';
		if (this.#take(/\{/y) !== undefined) return this.#readBraces(isUsed);
		const name = this.#take(NAME);
		if (name === undefined) throw this.#malformed();
		return this.#valueOf(name, isUsed);
	}

	#readBraces(isUsed: boolean): string {
		const name = this.#take(NAME);
		if (name === undefined) throw this.#malformed();
		const operator = this.#take(OPERATOR);
		if (operator === undefined) {
			if (this.#take(/\}/y) === undefined) throw this.#malformed();
			return this.#valueOf(name, isUsed);
		}
		const value = this.#find(name);
		const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
		const isAlternativeUsed = isUsed && isSet === operator.endsWith('+');
		const alternative = this.read(true, isAlternativeUsed);
		if (isAlternativeUsed && operator.endsWith('?')) throw this.#missing(name, alternative);
		if (operator.endsWith('+')) return isSet ? alternative : '';
		return isSet ? value : alternative;
	}

	#valueOf(name: string, isUsed: boolean): string {
		const value = this.#find(name);
		if (value === undefined && isUsed) throw this.#missing(name, '');
		return value ?? '';
	}

	#find(name: string): string | undefined {
		return Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
	}

	#take(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.#at;
		const [found] = pattern.exec(this.#text) ?? [];
		this.#at += found?.length ?? 0;
		return found;
	}

	#missing(name: string, message: string): ComposeFileError {
		const what = message === '' ? '' : ` (${message})`;
		const remedy = `Set it in the environment or in .env, write \${${name}:-} for nothing, or $$${name} for a plain $`;
		return new ComposeFileError(`${this.#path}: the variable ${name} is not set${what}`, remedy);
	}

	#malformed(): ComposeFileError {
		const problem = `${this.#path}: ${JSON.stringify(this.#text)} has a $ that begins no variable`;
		return new ComposeFileError(problem, 'Write $$ for a plain $');
	}
}

function canonical(key: string): string {
	return key.replaceAll('_', '').toLowerCase();
}

function readTruth(value: unknown): unknown {
	return value === 'true' || value === 'false' ? value === 'true' : value;
}
