import type { Explanation } from './answers.ts';

/** What is not on target, as small as it is explained: the service rather than its app, the app rather than the device. */
export function openSubjects(explanation: Explanation): readonly Explanation[] {
	if (explanation.state === 'on_target') return [];
	const parts = explanation.parts.flatMap(openSubjects);
	return parts.length > 0 ? parts : [explanation];
}
