import { propose, resources } from '../../application-manager/index.ts';
import type { CurrentState } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { StepKind } from '../../domain/step.ts';
import type { AppSpec, TargetState } from '../../domain/target.ts';

/**
 * The backup of an earlier system goes into volumes of the first app that has some, before anything of that app is
 * created: an app with a container has begun to write its own data (spec: host 15, decision D9).
 */
export function proposeRestore(current: CurrentState, target: TargetState): Proposal | undefined {
	if (current.hasMigrationBackup !== true) {
		return undefined;
	}
	const specs = target.apps.flatMap((app): readonly AppSpec[] => (app.state === 'ready' ? [app.spec] : []));
	const first = specs.find(({ volumes }) => volumes.length > 0) ?? specs[0];
	if (
		first === undefined ||
		current.apps.some(({ appId, containers }) => appId === first.appId && containers.length > 0)
	) {
		return undefined;
	}
	const { appId, volumes } = first;
	const writes = volumes.map(({ engineName }) => resources.volume(appId, engineName));
	return propose({ kind: 'restoreVolumes', appId, volumes }, { reason: 'backup of an earlier system', writes });
}

/** These do not touch volumes, so they do not wait. */
const BESIDE: readonly StepKind[] = ['recordImage', 'pullImage'];

/** All other steps of that app wait. */
export function afterRestore(
	steps: readonly Proposal[],
	appId: number,
	restore: Proposal | undefined,
): readonly Proposal[] {
	if (restore === undefined || !('appId' in restore.step.step) || restore.step.step.appId !== appId) {
		return steps;
	}
	const { id } = restore.step;
	return [
		restore,
		...steps.map((proposal): Proposal =>
			BESIDE.includes(proposal.step.step.kind) || proposal.because !== undefined
				? proposal
				: { step: proposal.step, because: { kind: 'busy', on: id } },
		),
	];
}
