import type { Subject } from '../../domain/finding.ts';
import type { Step } from '../../domain/step.ts';
import type { AppSpec, TargetState } from '../../domain/target.ts';

/** Whom a step concerns, with the name that its user knows. */
export interface NamedSubject {
	readonly subject: Subject;
	readonly name: string;
}

/** The services that need the image, the service, the app, or the device. */
export function subjectsOf(step: Step, target: TargetState | undefined): readonly NamedSubject[] {
	if (step.kind === 'pullImage') {
		return readySpecs(target).flatMap(({ appId, services }) =>
			services
				.filter(({ reference }) => reference === step.reference)
				.map(({ identity: { serviceName } }) => ({ subject: { appId, serviceName }, name: serviceName })),
		);
	}
	if (!('appId' in step)) {
		return [{ subject: {}, name: 'the device' }];
	}
	const { appId } = step;
	switch (step.kind) {
		case 'createNetwork':
			return [{ subject: { appId }, name: step.network.networkName }];
		case 'removeNetwork':
			return [{ subject: { appId }, name: step.networkName }];
		case 'createVolume':
			return [{ subject: { appId }, name: step.volume.volumeName }];
		case 'removeVolume':
			return [{ subject: { appId }, name: step.volumeName }];
		default: {
			const serviceName = 'serviceName' in step ? step.serviceName : undefined;
			return [{ subject: { appId, serviceName }, name: serviceName ?? nameOfApp(appId, target) }];
		}
	}
}

function nameOfApp(appId: number, target: TargetState | undefined): string {
	return readySpecs(target).find((spec) => spec.appId === appId)?.appName ?? `app ${appId}`;
}

function readySpecs(target: TargetState | undefined): readonly AppSpec[] {
	return (target?.apps ?? []).flatMap((app) => (app.state === 'ready' ? [app.spec] : []));
}
