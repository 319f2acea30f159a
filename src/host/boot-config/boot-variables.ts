import {
	done,
	type BootOptions,
	type BootResult,
	type BootRules,
	type BootValue,
	type BootVariables,
} from './backend.ts';

/** The options of a backend that a target sets (spec: host 3.2). A variable without a value is an empty text. */
export function bootOptionsOf(
	rules: BootRules,
	variables: Readonly<Record<string, string | undefined>>,
): BootResult<BootOptions> {
	const options = new Map<string, BootValue>();
	const warnings: string[] = [];
	for (const [variable, text] of Object.entries(variables)) {
		if (!rules.isBootVariable(variable)) {
			continue;
		}
		const option = rules.optionOf(variable);
		const value = rules.parseValue(option, text ?? '');
		if (!value.ok) {
			return value;
		}
		warnings.push(...value.warnings);
		options.set(option, value.value);
	}
	return done(Object.fromEntries(options), warnings);
}

/** The variables that would set these options. Several values are a JSON list without its brackets. */
export function bootVariablesOf(rules: BootRules, options: BootOptions): BootVariables {
	return Object.fromEntries(
		Object.entries(options).map(([option, value]) => [
			rules.variableOf(option),
			typeof value === 'string' ? value : JSON.stringify(value).slice(1, -1),
		]),
	);
}
