import type { TargetApp, TargetService } from '../../domain/target.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { keysOf } from './composition-keys.ts';
import { parseLabels } from './labels.ts';
import { nowhere } from './place.ts';

/** Apps of the supervisor itself, one for each architecture; any of them counts on any device (spec: compose 10.3). */
const SUPERVISOR_APPS: readonly string[] = [
	'52e35121417640b1b28a680504e4039b', // amd64
	'900de4f3cbac4b9bbd232885a35e407b', // aarch64
	'2e66a95795c149959c69472a8c2f92b8', // armv7hf
	'531b357e155c480cbec0fdd33041a1f5', // i386
	'6822565f766e413e96d9bebe2227cdcc', // rpi
];
const SUPERVISOR_SERVICES: readonly string[] = ['main', 'balena-supervisor', 'core'];

/**
 * The supervisor updates itself in another way (spec: host 14.3). Of a host app it runs only services that are installed on the data partition.
 */
export function isAppliedService(
	app: Pick<TargetApp, 'appUuid' | 'isHost'>,
	serviceName: string,
	service: TargetService,
): boolean {
	if (isOwnService(app.appUuid, serviceName)) {
		return false;
	}
	return !app.isHost || runsOnData(service);
}

/** Of the services of a release, those that get a container. */
export function isRun(
	app: Pick<TargetApp, 'appUuid' | 'isHost'>,
	serviceName: string,
	service: TargetService,
): boolean {
	return isAppliedService(app, serviceName, service) && whyLeftOut(service.composition) === undefined;
}

/** The service that runs this process. */
export function isOwnService(appUuid: string | undefined, serviceName: string): boolean {
	return appUuid !== undefined && SUPERVISOR_APPS.includes(appUuid) && SUPERVISOR_SERVICES.includes(serviceName);
}

/**
 * Why compose does not start the service: no profile is ever active on a device, or it asks for zero containers. The
 * path is relative to the composition.
 */
export function whyLeftOut(composition: PlainObject): { readonly path: string; readonly message: string } | undefined {
	const keys = keysOf(composition);
	const valueOf = (name: string) => keys.get(name)?.value;
	const profiles = valueOf('profiles');
	if (profiles != null && !(Array.isArray(profiles) && profiles.length === 0)) {
		return { path: 'profiles', message: 'Leaving the service out: no profile is active on a device' };
	}
	if (isZero(valueOf('scale'))) {
		return { path: 'scale', message: 'Leaving the service out: it asks for no containers' };
	}
	const deploy = valueOf('deploy');
	if (isPlainObject(deploy) && isZero(deploy['replicas'])) {
		return { path: 'deploy.replicas', message: 'Leaving the service out: it asks for no containers' };
	}
	return undefined;
}

function isZero(value: unknown): boolean {
	return value === 0 || value === '0';
}

/** Those of the service itself win over those of its composition (spec: host-update 1.3). */
export function allLabelsOf({ labels, composition }: TargetService): Readonly<Record<string, string>> {
	return { ...parseLabels(keysOf(composition).get('labels')?.value, nowhere()), ...labels };
}

function runsOnData(service: TargetService): boolean {
	const labels = allLabelsOf(service);
	const imageClass = labels['io.balena.image.class'] ?? 'service';
	const store = labels['io.balena.image.store'] ?? 'data';
	return imageClass === 'service' && store === 'data';
}
