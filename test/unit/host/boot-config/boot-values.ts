import { bootVariablesOf, compareBoot, type BootBackend, type BootResult } from '../../../../src/host/index.ts';

/** A refusal fails the test where the value is needed. */
export function valueOf<T>(result: BootResult<T>): T {
	if (!result.ok) {
		throw new Error(result.message);
	}
	return result.value;
}

export function messageOf(result: BootResult<unknown>): string | undefined {
	return result.ok ? undefined : result.message;
}

export function warningsOf(result: BootResult<unknown>): readonly string[] {
	return result.ok ? result.warnings : [];
}

/** The variables of a device on which this is kept. */
export function readVariables<C>(backend: BootBackend<C>, content: C) {
	return bootVariablesOf(backend, valueOf(backend.parse(content)));
}

export function compare<C>(
	backend: BootBackend<C>,
	existing: C,
	target: Readonly<Record<string, string>>,
	deviceType = 'any',
) {
	return compareBoot(backend, { target, existing, deviceType });
}

/** What a device keeps once the target is applied; nothing is left to do then, or each boot would end in a reboot. */
export function applied<C>(
	backend: BootBackend<C>,
	existing: C,
	target: Readonly<Record<string, string>>,
	deviceType = 'any',
): C {
	const { content } = valueOf(compare(backend, existing, target, deviceType));
	if (valueOf(compare(backend, content, target, deviceType)).isChanged) {
		throw new Error('the target is still not reached');
	}
	return content;
}
